import type { Agent, FindAgent } from '@calute/core/agent/agent';
import { applyRequestParameters } from '@calute/core/completions/apply-request-parameters';
import { CaluteError } from '@calute/core/errors';
import type { RunId, TenantId } from '@calute/core/ids';
import type { Logger } from '@calute/core/logging/logger';
import type { Patience } from '@calute/core/models/pacing/patience';
import { ProviderPaused } from '@calute/core/models/pacing/provider-paused';
import type { AgentRequest } from '@calute/core/request/agent-request';
import type { DirectRequest } from '@calute/core/request/direct-request';
import type { FrameWriter } from '@calute/core/run-store/append/frame-writer';
import type { RunWriter } from '@calute/core/run-store/append/run-writer';
import type { RunFact } from '@calute/core/run-store/journal/run-fact';
import { type RunEnd, toFailedEnd } from '@calute/core/runs/run-end';
import { isCommit, isVisible, type RunEvent } from '@calute/core/runs/run-event';
import type { RunHistory } from '@calute/core/runs/run-history';
import { withUsage } from '@calute/core/runs/sum-usage';
import type { WorkerMetrics } from '../admin/worker-metrics.ts';
import type { AttemptTrace, TraceAttempt } from '../tracing/trace-attempt.ts';
import type { Claim } from './claim.ts';
import { completeEnd } from './complete-end.ts';
import { type AttemptClock, createAttemptClock, toEndedFact } from './ended-fact.ts';
import { AttemptStopped, type HeldRun } from './held-runs.ts';
import { patienceOf, toPausedError } from './patience-of.ts';
import { createPresence } from './presence.ts';
import { createStepUsage, type StepUsage } from './step-usage.ts';

/** What an agent is run with. */
export interface AgentInput {
  readonly agent: Agent;
  /** The agents that may take over, as `agent` with the request's sampling values applied. */
  readonly findAgent: FindAgent;
  /** The same as their files have them. */
  readonly findMember: FindAgent;
  readonly chat: AgentRequest;
  /** Set when its model alone is asked. */
  readonly direct?: DirectRequest | undefined;
  readonly runId: RunId;
  readonly tenant: TenantId;
  /** What earlier attempts have stored, for each choice; nothing in a first attempt. */
  readonly committed: readonly RunHistory[];
  /** What it does while a provider takes no calls. */
  readonly patience: Patience;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Undefined where tracing is off. */
  readonly trace: AttemptTrace | undefined;
}

export interface AttemptParts {
  readonly writer: FrameWriter;
  /** As they are now: a reload puts others in. */
  readonly agents: ReadonlyMap<string, Agent>;
  readonly canOverrideSamplings: boolean;
  /** How long nobody may listen to a run before it is cancelled, unless its client asked to go on. */
  readonly absenceGraceMs: number;
  /** Counts attempts and ends. */
  readonly metrics?: Pick<WorkerMetrics, 'attemptBegan' | 'runEnded'>;
  /** Undefined where tracing is off. */
  readonly traceAttempt?: TraceAttempt | undefined;
  /** As the journal is told. */
  readonly workerId: string;
  /** Told when the store has lost frames of the run: after a failover its log is shorter than it was. */
  onLogShortened?(claimed: ClaimedRun): void;
  /** Takes what is told of an end, for who watches. */
  note(fact: RunFact): void;
  /** What came at once, as one array; what has to be stored before the next is asked for stands alone in its array. */
  runAgent(input: AgentInput): AsyncIterable<readonly RunEvent[]>;
}

export interface ClaimedRun {
  readonly runId: RunId;
  readonly claim: Claim;
  readonly committed: readonly RunHistory[];
  readonly run: HeldRun;
  readonly logger: Logger;
}

interface Attempt extends ClaimedRun {
  readonly output: RunWriter;
  readonly used: StepUsage;
  readonly clock: AttemptClock;
  readonly trace: AttemptTrace | undefined;
  tell(end: RunEnd): void;
}

/** What becomes of the run: nothing that was shown can be contradicted by the next attempt. */
export type AttemptOutcome =
  | { readonly outcome: 'done' }
  /** The worker shuts down. */
  | { readonly outcome: 'handed-back' }
  /** Its provider takes no calls, and nobody watches: it leaves its slot and comes back. */
  | { readonly outcome: 'deferred'; readonly untilMs: number };

const done: AttemptOutcome = { outcome: 'done' };

/** One attempt at a run that is held: runs its agent and writes what the agent says, up to one end. */
export async function attemptRun(parts: AttemptParts, claimed: ClaimedRun): Promise<AttemptOutcome> {
  const { runId, claim, committed, run } = claimed;
  const { abort } = run;
  parts.metrics?.attemptBegan(claim);
  const trace = parts.traceAttempt?.(runId, claim);
  run.presence = createPresence({
    graceMs: claim.request.onDisconnect === 'continue' ? Number.POSITIVE_INFINITY : parts.absenceGraceMs,
    now: performance.now.bind(performance),
    onAbsent: () => abort.abort(new AttemptStopped('no-subscribers')),
  });
  const output = parts.writer.open({
    runId,
    epoch: claim.epoch,
    seq: claim.seq,
    mode: claim.request.chat.stream === true ? 'live' : 'whole',
    onRefused(refusal) {
      abort.abort(new AttemptStopped('fenced'));
      if (refusal === 'gap') parts.onLogShortened?.(claimed);
    },
    onStored: run.presence,
  });
  const longestMs = Math.min(claim.remainingMs, claim.request.attemptTimeoutMs ?? Number.POSITIVE_INFINITY);
  const deadline = setTimeout(() => abort.abort(new AttemptStopped('deadline')), longestMs);
  try {
    const clock = createAttemptClock();
    const tell = (end: RunEnd) => {
      parts.note(toEndedFact(claimed, { end, clock, workerId: parts.workerId }));
      trace?.ended(end);
      parts.metrics?.runEnded(claim, end, Math.round(clock.sinceMs));
    };
    const used = createStepUsage(committed);
    const outcome = await writeToEnd(parts, { ...claimed, output, used, clock, trace, tell });
    // One that has stored its end has said so.
    trace?.ended(outcome.outcome === 'done' ? 'fenced' : outcome.outcome);
    return outcome;
  } finally {
    clearTimeout(deadline);
    output.giveUp();
  }
}

async function writeToEnd(parts: AttemptParts, attempt: Attempt): Promise<AttemptOutcome> {
  const { signal } = attempt.run.abort;
  try {
    return await finish(attempt, await writeEvents(parts, attempt));
  } catch (error) {
    const stopped: unknown = signal.aborted ? signal.reason : undefined;
    if (stopped instanceof AttemptStopped) return await stop(attempt, stopped);
    if (error instanceof ProviderPaused && !attempt.output.hasLooseEnd) {
      attempt.logger.info({ untilMs: error.untilMs }, 'run.deferred');
      return { outcome: 'deferred', untilMs: error.untilMs };
    }
    return await fail(attempt, error instanceof ProviderPaused ? toPausedError(error) : error);
  }
}

async function stop(attempt: Attempt, { reason }: AttemptStopped): Promise<AttemptOutcome> {
  switch (reason) {
    case 'fenced':
      attempt.logger.info('run.fenced');
      return done;
    case 'deadline':
      return await finish(attempt, { reason: 'cancelled', by: 'deadline' });
    case 'no-subscribers':
      return await finish(attempt, { reason: 'cancelled', by: 'disconnect' });
    case 'drain':
      if (!attempt.output.hasLooseEnd) return { outcome: 'handed-back' };
      return await finish(attempt, lostWorker('The worker was shut down in the middle of the answer.'));
  }
}

async function writeEvents(
  parts: AttemptParts,
  { runId, claim, committed, run, output, used, clock, logger, trace }: Attempt,
): Promise<RunEnd> {
  const { chat, direct } = claim.request;
  const findMember: FindAgent = (id) => parts.agents.get(id);
  const findAgent = createFindAgent(parts, chat);
  const agent = findAgent(chat.model);
  if (!agent)
    throw new CaluteError(
      'agent_unavailable',
      `No worker that is running has the agent "${chat.model}"; try again.`,
    );
  const { signal } = run.abort;
  const patience = patienceOf(claim, agent);
  const input = {
    agent,
    findAgent,
    findMember,
    chat,
    direct,
    runId,
    tenant: claim.tenant,
    committed,
    patience,
    signal,
    logger,
    trace,
  };
  for await (const events of parts.runAgent(input)) {
    signal.throwIfAborted();
    for (const event of events) {
      if (event.type === 'run-end') return event.end;
      if (isCommit(event)) used.add(event);
      if (isVisible(event)) clock.shown();
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

/** The agents with the request's sampling values; whether a team takes them is for the team to say, whoever answers for it. */
function createFindAgent({ agents, canOverrideSamplings }: AttemptParts, chat: AgentRequest): FindAgent {
  const asked = agents.get(chat.model);
  const byTeam = asked?.team && { allowOverrides: asked.allowOverrides ?? canOverrideSamplings };
  return (id) => {
    const found = agents.get(id);
    return (
      found &&
      applyRequestParameters(byTeam ? { ...found, ...byTeam } : found, chat, { canOverrideSamplings })
    );
  };
}

async function fail(attempt: Attempt, error: unknown): Promise<AttemptOutcome> {
  if (!CaluteError.is(error)) attempt.logger.error({ err: error }, 'run.agent-bug');
  // The client is told that the agent failed; why is for its author alone.
  else if (error.code === 'agent_failed') attempt.logger.warn({ err: error }, 'run.agent-failed');
  return await finish(attempt, toFailedEnd(error));
}

async function finish(attempt: Attempt, end: RunEnd): Promise<AttemptOutcome> {
  const { claim, output, used, clock, logger } = attempt;
  const counted = withUsage(completeEnd(end, claim), used.list());
  const outcome = await output.end(counted);
  if (outcome === 'stored') attempt.tell(counted);
  const durationMs = Math.round(clock.sinceMs);
  const detail = { durationMs, usage: counted.usage, ...(end.reason === 'failed' ? { code: end.code } : {}) };
  logger.info({ end: end.reason, outcome, waitedMs: claim.waitedMs, ...detail }, 'run.finished');
  return done;
}

export function lostWorker(message: string): Extract<RunEnd, { reason: 'failed' }> {
  return { reason: 'failed', code: 'worker_lost', message };
}
