import type { Agent, FindAgent } from '@calute/core/agent/agent';
import { applyRequestParameters } from '@calute/core/completions/apply-request-parameters';
import { CaluteError } from '@calute/core/errors';
import type { RunId, TenantId } from '@calute/core/ids';
import type { FrameWriter } from '@calute/core/run-store/append/frame-writer';
import type { OfferedRun } from '@calute/core/run-store/backlog/backlog';
import type { Leases } from '@calute/core/run-store/lease/leases';
import type { ClaimOutcome, RunLog, RunReader } from '@calute/core/run-store/run-log';
import type { RunWriter } from '@calute/core/run-store/append/run-writer';
import type { Logger } from '@calute/core/logging/logger';
import type { ChatRequest } from '@calute/core/protocol/chat-request';
import { GivenUp, type HandledRun, type RunHandler } from '@calute/core/queue/run-queue';
import { type RunEnd, toFailedEnd } from '@calute/core/runs/run-end';
import { isCommit, type RunEvent } from '@calute/core/runs/run-event';
import { listSpeakers, type RunHistory } from '@calute/core/runs/run-history';
import { withUsage } from '@calute/core/runs/sum-usage';
import { createHearing } from './hearing.ts';
import { AttemptStopped, type HeldRun, type HeldRuns } from './held-runs.ts';
import { nothingCommitted, readCommitted } from './read-committed.ts';
import { createStepUsage, type StepUsage } from './step-usage.ts';

/** What an agent is run with. */
export interface AgentInput {
  readonly agent: Agent;
  /** The agents that may take over, as `agent` with the request's sampling values applied. */
  readonly findAgent: FindAgent;
  readonly chat: ChatRequest;
  readonly runId: RunId;
  readonly tenant: TenantId;
  /** What earlier attempts have stored, for each choice; nothing in a first attempt. */
  readonly committed: readonly RunHistory[];
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

export interface ProcessRunParts {
  readonly log: RunLog & RunReader;
  readonly leases: Leases;
  /** Of this worker, told when a run of it ends from outside. */
  readonly controlChannel: string;
  readonly writer: FrameWriter;
  readonly held: HeldRuns;
  /** As they are now: a reload puts others in. */
  readonly agents: ReadonlyMap<string, Agent>;
  readonly canOverrideSamplings: boolean;
  /** How often a run is left to other workers whose agent this one does not have. */
  readonly passOnTimes: number;
  /** How long nobody may listen to a run before it is cancelled, unless its client asked to go on. */
  readonly unheardGraceMs: number;
  readonly logger: Logger;
  /** What came at once, as one array; what has to be stored before the next is asked for stands alone in its array. */
  runAgent(input: AgentInput): AsyncIterable<readonly RunEvent[]>;
}

type Claim = Extract<ClaimOutcome, { outcome: 'claimed' }>;

interface Attempt {
  readonly runId: RunId;
  readonly claim: Claim;
  readonly committed: readonly RunHistory[];
  readonly abort: AbortController;
  readonly output: RunWriter;
  readonly used: StepUsage;
  /** By the monotonic clock. */
  readonly startedAt: number;
  readonly logger: Logger;
}

const done: HandledRun = { outcome: 'done' };
/** Before a run that was passed on is given out again: this worker may be the one that gets it. */
const passOnMs = 500;
/** Handing back counts as an attempt, and is no fault of the run. */
const mostAttempts = 1000;

/** Turns an offered run into events in its log: claims it, runs its agent and writes what the agent says, up to one end. */
export function createProcessRun(parts: ProcessRunParts): RunHandler {
  const { held } = parts;
  return async (offered) => {
    const { runId } = offered;
    // The queue has given it out a second time, and this worker still has it.
    if (held.has(runId)) return done;
    // From here on, so that the news of its end is not missed while the claim is under way.
    const run: HeldRun = { runId, abort: new AbortController() };
    held.hold(run);
    try {
      return await attempt(parts, { offered, run });
    } catch (error) {
      if (isOutage(error)) return done; // because its offer runs out, and it is queued again
      throw error instanceof GivenUp ? error : await giveUp(parts, runId, error);
    } finally {
      held.release(run);
    }
  };
}

async function attempt(
  parts: ProcessRunParts,
  { offered, run }: { readonly offered: OfferedRun; readonly run: HeldRun },
): Promise<HandledRun> {
  const { log, leases, controlChannel, agents, passOnTimes } = parts;
  const { runId, epoch: offeredEpoch } = offered;
  const claim = await leases.claim(runId, { epoch: offeredEpoch, channel: controlChannel });
  if (claim.outcome === 'doomed') throw await giveUp(parts, runId, new Error('Its workers died under it.'));
  if (claim.outcome !== 'claimed') return done;
  run.epoch = claim.epoch;
  if (claim.epoch > mostAttempts) throw new Error(`The run was given out more than ${mostAttempts} times.`);
  const logger = parts.logger.child({ runId, agent: claim.request.chat.model, attempt: claim.epoch });
  const committed = claim.seq === 0 ? nothingCommitted : await readCommitted(log, runId, claim);
  if (committed.outcome === 'half-shown') return await endHalfShown(log, runId, logger);
  // In a rolling deploy only some of the workers have a new agent, or an old one still.
  const speakers = listSpeakers(claim.request.chat.model, committed.choices);
  const lacksAgent = [...speakers].some((id) => !agents.has(id));
  if (lacksAgent && claim.epoch <= passOnTimes) return await handBack(leases, run, passOnMs);
  return await write(parts, { runId, claim, committed: committed.choices, run, logger });
}

function isOutage(error: unknown): boolean {
  return CaluteError.is(error) && error.code === 'store_unavailable';
}

/** Offers a run again, for the queue to give it out; when it is lost, somebody else has done so. */
async function handBack(leases: Leases, { runId, epoch = 0 }: HeldRun, afterMs = 0): Promise<HandledRun> {
  const offered = await leases.handBack({ runId, epoch }, afterMs);
  return offered ? { outcome: 'again', run: { runId, epoch }, inFront: afterMs === 0, afterMs } : done;
}

/** Its workers died too often, or the worker has a bug; gives what the queue keeps of it. */
async function giveUp({ log, logger }: ProcessRunParts, runId: RunId, cause: unknown): Promise<GivenUp> {
  const outcome = await log.end(runId, lostWorker('Its worker died too often, or failed under it.'));
  if (outcome === 'ended') logger.error({ runId, err: cause }, 'run.abandoned');
  const read = await log.read(runId, { afterSeq: 0, limit: 1, withHeader: true });
  const header = read.outcome === 'found' ? read.header : undefined;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new GivenUp(reason, header && { tenant: header.tenant, request: header.request });
}

/** What a client has been shown cannot be taken back, and another attempt would say something else. */
async function endHalfShown(log: RunLog, runId: RunId, logger: Logger): Promise<HandledRun> {
  await log.end(runId, lostWorker('The worker died in the middle of the answer; send the request again.'));
  logger.warn('run.worker-lost');
  return done;
}

function lostWorker(message: string): Extract<RunEnd, { reason: 'failed' }> {
  return { reason: 'failed', code: 'worker_lost', message };
}

interface ClaimedRun {
  readonly runId: RunId;
  readonly claim: Claim;
  readonly committed: readonly RunHistory[];
  readonly run: HeldRun;
  readonly logger: Logger;
}

async function write(
  parts: ProcessRunParts,
  { runId, claim, committed, run, logger }: ClaimedRun,
): Promise<HandledRun> {
  const { abort } = run;
  run.hear = createHearing({
    graceMs: claim.request.onDisconnect === 'continue' ? Number.POSITIVE_INFINITY : parts.unheardGraceMs,
    now: performance.now.bind(performance),
    onUnheard: () => abort.abort(new AttemptStopped('unheard')),
  });
  const output = parts.writer.open({
    runId,
    epoch: claim.epoch,
    seq: claim.seq,
    mode: claim.request.chat.stream === true ? 'live' : 'whole',
    onRefused: () => abort.abort(new AttemptStopped('fenced')),
    onStored: run.hear,
  });
  const deadline = setTimeout(() => abort.abort(new AttemptStopped('deadline')), claim.remainingMs);
  try {
    const used = createStepUsage(committed);
    const startedAt = performance.now();
    return await produce(parts, { runId, claim, committed, abort, output, used, startedAt, logger }, run);
  } finally {
    clearTimeout(deadline);
    output.giveUp();
  }
}

async function produce(parts: ProcessRunParts, attempt: Attempt, run: HeldRun): Promise<HandledRun> {
  const { abort, output } = attempt;
  try {
    const end = await writeEvents(parts, attempt);
    return await finish(attempt, end);
  } catch (error) {
    const stopped = abort.signal.aborted ? abort.signal.reason : undefined;
    if (!(stopped instanceof AttemptStopped)) return await fail(attempt, error);
    switch (stopped.reason) {
      case 'fenced':
        attempt.logger.info('run.fenced');
        return done;
      case 'deadline':
        return await finish(attempt, { reason: 'cancelled', by: 'deadline' });
      case 'unheard':
        return await finish(attempt, { reason: 'cancelled', by: 'disconnect' });
      case 'drain':
        if (!output.hasLooseEnd) return await handBack(parts.leases, run);
        return await finish(attempt, lostWorker('The worker was shut down in the middle of the answer.'));
    }
  }
}

async function writeEvents(
  parts: ProcessRunParts,
  { runId, claim, committed, abort, output, used, logger }: Attempt,
): Promise<RunEnd> {
  const { chat } = claim.request;
  const findAgent: FindAgent = (id) => {
    const found = parts.agents.get(id);
    return found && applyRequestParameters(found, chat, parts);
  };
  const agent = findAgent(chat.model);
  if (!agent)
    throw new CaluteError(
      'agent_unavailable',
      `No worker that is running has the agent "${chat.model}"; try again.`,
    );
  const { signal } = abort;
  const input = { agent, findAgent, chat, runId, tenant: claim.tenant, committed, signal, logger };
  for await (const events of parts.runAgent(input)) {
    signal.throwIfAborted();
    for (const event of events) {
      if (event.type === 'run-end') return event.end;
      if (isCommit(event)) used.add(event);
      // The agent goes on only after this: what it does next may then count on its step being stored.
      const stored = isCommit(event) ? output.commit(event) : output.write(event);
      if (stored) await stored;
    }
    // A step that was refused is not stored: its tools belong to another attempt, and must not run here.
    signal.throwIfAborted();
  }
  signal.throwIfAborted();
  throw new Error(`The agent "${agent.id}" ended without saying how.`);
}

async function fail(attempt: Attempt, error: unknown): Promise<HandledRun> {
  if (!CaluteError.is(error)) attempt.logger.error({ err: error }, 'run.agent-bug');
  // The client is told that the agent failed; why is for its author alone.
  else if (error.code === 'agent_failed') attempt.logger.warn({ err: error }, 'run.agent-failed');
  return await finish(attempt, toFailedEnd(error));
}

async function finish({ claim, output, used, startedAt, logger }: Attempt, end: RunEnd): Promise<HandledRun> {
  const counted = withUsage(end, used.list());
  const outcome = await output.end(counted);
  const durationMs = Math.round(performance.now() - startedAt);
  const detail = { durationMs, usage: counted.usage, ...(end.reason === 'failed' ? { code: end.code } : {}) };
  logger.info({ end: end.reason, outcome, waitedMs: claim.waitedMs, ...detail }, 'run.finished');
  return done;
}
