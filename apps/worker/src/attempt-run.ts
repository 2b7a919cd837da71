import type { Agent, FindAgent } from '@calute/core/agent/agent';
import { applyRequestParameters } from '@calute/core/completions/apply-request-parameters';
import { CaluteError } from '@calute/core/errors';
import type { RunId, TenantId } from '@calute/core/ids';
import type { Logger } from '@calute/core/logging/logger';
import type { Patience } from '@calute/core/models/pacing/patience';
import { ProviderPaused } from '@calute/core/models/pacing/provider-paused';
import type { ChatRequest } from '@calute/core/protocol/chat-request';
import type { FrameWriter } from '@calute/core/run-store/append/frame-writer';
import type { RunWriter } from '@calute/core/run-store/append/run-writer';
import type { RunClass } from '@calute/core/run-store/backlog/place';
import type { ClaimOutcome } from '@calute/core/run-store/run-log';
import { type RunEnd, toFailedEnd } from '@calute/core/runs/run-end';
import { isCommit, type RunEvent } from '@calute/core/runs/run-event';
import type { RunHistory } from '@calute/core/runs/run-history';
import { withUsage } from '@calute/core/runs/sum-usage';
import { createHearing } from './hearing.ts';
import { AttemptStopped, type HeldRun } from './held-runs.ts';
import { createStepUsage, type StepUsage } from './step-usage.ts';

/** What an agent is run with. */
export interface AgentInput {
  readonly agent: Agent;
  /** The agents that may take over, as `agent` with the request's sampling values applied. */
  readonly findAgent: FindAgent;
  /** The same as their files have them. */
  readonly findMember: FindAgent;
  readonly chat: ChatRequest;
  readonly runId: RunId;
  readonly tenant: TenantId;
  /** What earlier attempts have stored, for each choice; nothing in a first attempt. */
  readonly committed: readonly RunHistory[];
  /** What it does while a provider takes no calls. */
  readonly patience: Patience;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

export interface AttemptParts {
  readonly writer: FrameWriter;
  /** As they are now: a reload puts others in. */
  readonly agents: ReadonlyMap<string, Agent>;
  readonly canOverrideSamplings: boolean;
  /** How long nobody may listen to a run before it is cancelled, unless its client asked to go on. */
  readonly unheardGraceMs: number;
  /** What came at once, as one array; what has to be stored before the next is asked for stands alone in its array. */
  runAgent(input: AgentInput): AsyncIterable<readonly RunEvent[]>;
}

export type Claim = Extract<ClaimOutcome, { outcome: 'claimed' }>;

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
  /** By the monotonic clock. */
  readonly startedAt: number;
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
    return await writeToEnd(parts, { ...claimed, output, used, startedAt: performance.now() });
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
    case 'unheard':
      return await finish(attempt, { reason: 'cancelled', by: 'disconnect' });
    case 'drain':
      if (!attempt.output.hasLooseEnd) return { outcome: 'handed-back' };
      return await finish(attempt, lostWorker('The worker was shut down in the middle of the answer.'));
  }
}

async function writeEvents(
  parts: AttemptParts,
  { runId, claim, committed, run, output, used, logger }: Attempt,
): Promise<RunEnd> {
  const { chat } = claim.request;
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
    runId,
    tenant: claim.tenant,
    committed,
    patience,
    signal,
    logger,
  };
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

/** The agents with the request's sampling values; whether a team takes them is for the team to say, whoever answers for it. */
function createFindAgent({ agents, canOverrideSamplings }: AttemptParts, chat: ChatRequest): FindAgent {
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
  const { claim, output, used, startedAt, logger } = attempt;
  const counted = withUsage(withTier(end, claim), used.list());
  const outcome = await output.end(counted);
  const durationMs = Math.round(performance.now() - startedAt);
  const detail = { durationMs, usage: counted.usage, ...(end.reason === 'failed' ? { code: end.code } : {}) };
  logger.info({ end: end.reason, outcome, waitedMs: claim.waitedMs, ...detail }, 'run.finished');
  return done;
}

/** Who watches a run sees a delay; a run that nobody watches leaves its slot to others, unless another part of it goes on. */
function patienceOf({ request, runClass, remainingMs }: Claim, { team }: Agent): Patience {
  const isWatched = runClass !== 'batch' && request.onDisconnect !== 'continue';
  const leaves = !isWatched && (request.chat.n ?? 1) === 1 && team === undefined;
  return { ifPaused: leaves ? 'leave' : 'wait', deadlineMs: Date.now() + remainingMs };
}

function toPausedError({ untilMs, cause }: ProviderPaused): CaluteError {
  const retryAfterMs = Math.max(0, untilMs - Date.now());
  const message = 'The model provider takes no calls for a while; try again later.';
  return new CaluteError('rate_limit_exceeded', message, { retryAfterMs, cause });
}

const tiers: Readonly<Record<RunClass, string>> = {
  priority: 'priority',
  live: 'default',
  flex: 'flex',
  batch: 'batch',
};

/** Tells who has asked for a tier in which it was served, unless the provider has told. */
function withTier(end: RunEnd, { request, runClass }: Claim): RunEnd {
  const isAsked = request.chat.service_tier !== undefined;
  if (end.reason !== 'completed' || end.serviceTier !== undefined || !isAsked) return end;
  return { ...end, serviceTier: tiers[runClass] };
}

export function lostWorker(message: string): Extract<RunEnd, { reason: 'failed' }> {
  return { reason: 'failed', code: 'worker_lost', message };
}
