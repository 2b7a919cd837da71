import type { Agent, FindAgent } from '@calute/core/agent/agent';
import { applyRequestParameters } from '@calute/core/completions/apply-request-parameters';
import { CaluteError } from '@calute/core/errors';
import type { RunId, TenantId } from '@calute/core/ids';
import type { FrameWriter } from '@calute/core/log/frame-writer';
import type { RunLog, RunReader } from '@calute/core/log/run-log';
import type { RunWriter } from '@calute/core/log/run-writer';
import type { Logger } from '@calute/core/logging/logger';
import type { ChatRequest } from '@calute/core/protocol/chat-request';
import type { HandledRun, RunHandler, TakenRun } from '@calute/core/queue/run-queue';
import { type RunEnd, toFailedEnd } from '@calute/core/runs/run-end';
import { isCommit, type RunEvent, startsTools } from '@calute/core/runs/run-event';
import { listSpeakers, type RunHistory } from '@calute/core/runs/run-history';
import { withUsage } from '@calute/core/runs/sum-usage';
import { awaitConfirmation } from './await-confirmation.ts';
import { createHearing } from './hearing.ts';
import { AttemptStopped, type HeldRuns } from './held-runs.ts';
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

interface Attempt {
  readonly runId: RunId;
  readonly claim: TakenRun['claim'];
  readonly committed: readonly RunHistory[];
  readonly abort: AbortController;
  readonly output: RunWriter;
  readonly used: StepUsage;
  readonly logger: Logger;
}

/** Turns a claimed run into events in its log: runs its agent and writes what the agent says, up to one end. */
export function createProcessRun(parts: ProcessRunParts): RunHandler {
  const { log, logger } = parts;
  return {
    async handle({ runId, claim }, lock) {
      const runLogger = logger.child({ runId, agent: claim.request.chat.model, attempt: claim.epoch });
      // Without a pause where it can be: that the run has ended may be the next message, and is heard only by runs in hand.
      const committed = claim.seq === 0 ? nothingCommitted : await readCommitted(log, runId, claim);
      if (committed.outcome === 'half-shown') return await endHalfShown(log, runId, runLogger);
      const { choices } = committed;
      // In a rolling deploy only some of the workers have a new agent, or an old one still.
      const speakers = listSpeakers(claim.request.chat.model, choices);
      const lacksAgent = [...speakers].some((id) => !parts.agents.has(id));
      if (lacksAgent && claim.epoch <= parts.passOnTimes) return 'passed-on';
      return await attemptRun(parts, { runId, claim, committed: choices, lock, logger: runLogger });
    },
    async abandon(runId, error) {
      const outcome = await log.end(runId, lostWorker('Its worker died too often, or failed under it.'));
      if (outcome === 'ended') logger.error({ runId, err: error }, 'run.abandoned');
      const read = await log.read(runId, { afterSeq: 0, limit: 1, withHeader: true });
      return read.outcome === 'found' ? read.header : undefined;
    },
  };
}

/** What a client has been shown cannot be taken back, and another attempt would say something else. */
async function endHalfShown(log: RunLog, runId: RunId, logger: Logger): Promise<HandledRun> {
  await log.end(runId, lostWorker('The worker died in the middle of the answer; send the request again.'));
  logger.warn('run.worker-lost');
  return 'done';
}

function lostWorker(message: string): Extract<RunEnd, { reason: 'failed' }> {
  return { reason: 'failed', code: 'worker_lost', message };
}

interface ClaimedRun {
  readonly runId: RunId;
  readonly claim: TakenRun['claim'];
  readonly committed: readonly RunHistory[];
  /** Aborts when the queue no longer counts the run as this worker's. */
  readonly lock: AbortSignal;
  readonly logger: Logger;
}

async function attemptRun(
  parts: ProcessRunParts,
  { runId, claim, committed, lock, logger }: ClaimedRun,
): Promise<HandledRun> {
  const { writer, held } = parts;
  const abort = new AbortController();
  const fence = () => abort.abort(new AttemptStopped('fenced'));
  const mode = claim.request.chat.stream === true ? 'live' : 'whole';
  const hear = createHearing({
    graceMs: claim.request.onDisconnect === 'continue' ? Number.POSITIVE_INFINITY : parts.unheardGraceMs,
    now: performance.now.bind(performance),
    onUnheard: () => abort.abort(new AttemptStopped('unheard')),
  });
  const output = writer.open({
    runId,
    epoch: claim.epoch,
    seq: claim.seq,
    mode,
    onRefused: fence,
    onStored: hear,
  });
  const deadline = setTimeout(() => abort.abort(new AttemptStopped('deadline')), claim.remainingMs);
  lock.addEventListener('abort', fence, { once: true });
  const own = { abort, hear };
  held.hold(runId, own);
  try {
    const used = createStepUsage(committed);
    return await produce(parts, { runId, claim, committed, abort, output, used, logger });
  } finally {
    clearTimeout(deadline);
    lock.removeEventListener('abort', fence);
    held.release(runId, own);
    output.giveUp();
  }
}

async function produce(parts: ProcessRunParts, attempt: Attempt): Promise<HandledRun> {
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
        return 'done';
      case 'deadline':
        return await finish(attempt, { reason: 'cancelled', by: 'deadline' });
      case 'unheard':
        return await finish(attempt, { reason: 'cancelled', by: 'disconnect' });
      case 'drain':
        if (!output.hasLooseEnd) return 'handed-back';
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
      if (claim.provisional && startsTools(event)) {
        await awaitConfirmation(parts.log, runId, signal);
        signal.throwIfAborted();
      }
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

async function finish({ claim, output, used, logger }: Attempt, end: RunEnd): Promise<HandledRun> {
  const counted = withUsage(end, used.list());
  const outcome = await output.end(counted);
  const detail = { usage: counted.usage, ...(end.reason === 'failed' ? { code: end.code } : {}) };
  logger.info({ end: end.reason, outcome, waitedMs: claim.waitedMs, ...detail }, 'run.finished');
  return 'done';
}
