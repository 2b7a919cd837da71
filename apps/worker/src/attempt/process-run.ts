import { CaluteError } from '@calute/core/errors';
import type { RunId } from '@calute/core/ids';
import type { Logger } from '@calute/core/logging/logger';
import { GivenUp, type HandledRun, type RunHandler } from '@calute/core/queue/run-queue';
import type { OfferedRun } from '@calute/core/run-store/backlog/backlog';
import type { Leases } from '@calute/core/run-store/lease/leases';
import type { RunLog, RunReader } from '@calute/core/run-store/run-log';
import { listSpeakers } from '@calute/core/runs/run-history';
import type { PatientPace } from '../patient-pace.ts';
import { type AttemptParts, attemptRun, type ClaimedRun, lostWorker } from './attempt-run.ts';
import type { HeldRun, HeldRuns } from './held-runs.ts';
import { nothingCommitted, readCommitted } from './read-committed.ts';

export interface ProcessRunParts extends AttemptParts {
  readonly log: RunLog & RunReader;
  readonly leases: Leases;
  /** Of this worker, told when a run of it ends from outside. */
  readonly controlChannel: string;
  readonly held: HeldRuns;
  /** Without it every run begins at once. */
  readonly pace?: PatientPace;
  /** How often a run is left to other workers whose agent this one does not have. */
  readonly passOnTimes: number;
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
      return await takeOn(parts, { offered, run });
    } catch (error) {
      if (isOutage(error)) return done; // because its offer runs out, and it is queued again
      throw error instanceof GivenUp ? error : await giveUp(parts, runId, error);
    } finally {
      held.release(run);
    }
  };
}

async function takeOn(
  parts: ProcessRunParts,
  { offered, run }: { readonly offered: OfferedRun; readonly run: HeldRun },
): Promise<HandledRun> {
  const { log, leases, controlChannel, agents, passOnTimes } = parts;
  const { runId, epoch: offeredEpoch } = offered;
  const claim = await leases.claim(runId, { epoch: offeredEpoch, channel: controlChannel });
  if (claim.outcome === 'doomed') throw await giveUp(parts, runId, new Error('Its workers died under it.'));
  if (claim.outcome !== 'claimed' && claim.outcome !== 'unreadable') return done;
  run.epoch = claim.epoch;
  if (claim.attempt > mostAttempts) throw new Error(`The run was given out more than ${mostAttempts} times.`);
  // In a rolling upgrade some worker may be new enough for it.
  if (claim.outcome === 'unreadable') {
    if (claim.attempt <= passOnTimes) return await handBack(leases, run, passOnMs);
    return await endUnreadable(log, runId, parts.logger);
  }
  const logger = parts.logger.child({ runId, agent: claim.request.chat.model, attempt: claim.attempt });
  const committed = claim.seq === 0 ? nothingCommitted : await readCommitted(log, runId, claim);
  if (committed.outcome === 'half-shown') return await endHalfShown(log, runId, logger);
  // In a rolling deploy only some of the workers have a new agent, or an old one still.
  const speakers = listSpeakers(claim.request.chat.model, committed.choices);
  const lacksAgent = [...speakers].some((id) => !agents.has(id));
  if (lacksAgent && claim.attempt <= passOnTimes) return await handBack(leases, run, passOnMs);
  const claimed = { runId, claim, committed: committed.choices, run, logger };
  using _turn = await parts.pace?.begin(claim.runClass, run.abort.signal);
  const attempt = await attemptRun({ ...parts, onLogShortened: endShortened(log) }, claimed);
  switch (attempt.outcome) {
    case 'done':
      return done;
    case 'handed-back':
      return await handBack(leases, run);
    case 'deferred':
      await leases.defer({ runId, epoch: claim.epoch }, Math.max(0, attempt.untilMs - Date.now()));
      return done;
  }
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
  // Before its end, with which a kept run loses what only workers need.
  const read = await log.read(runId, { afterSeq: 0, limit: 1, withHeader: true });
  const outcome = await log.end(runId, lostWorker('Its worker died too often, or failed under it.'));
  if (outcome === 'ended') logger.error({ runId, err: cause }, 'run.abandoned');
  const header = read.outcome === 'found' ? read.header : undefined;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new GivenUp(reason, header && { tenant: header.tenant, request: header.request });
}

async function endUnreadable(log: RunLog, runId: RunId, logger: Logger): Promise<HandledRun> {
  const message =
    'A newer version has accepted this request than any worker that runs; start workers of that version.';
  await log.end(runId, { reason: 'failed', code: 'agent_unavailable', message });
  logger.error({ runId }, 'run.unreadable');
  return done;
}

/** Its readers have seen what is gone: nothing that is said from now on fits. */
function endShortened(log: RunLog) {
  return ({ runId, logger }: ClaimedRun): void => {
    const message = 'The store has lost a part of the answer; send the request again.';
    logger.warn('run.log-shortened');
    log.end(runId, { reason: 'failed', code: 'store_lost', message }).catch((error: unknown) => {
      logger.warn({ err: error }, 'run.end-failed');
    });
  };
}

/** What a client has been shown cannot be taken back, and another attempt would say something else. */
async function endHalfShown(log: RunLog, runId: RunId, logger: Logger): Promise<HandledRun> {
  await log.end(runId, lostWorker('The worker died in the middle of the answer; send the request again.'));
  logger.warn('run.worker-lost');
  return done;
}
