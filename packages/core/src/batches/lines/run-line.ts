import { wait } from '../../async/wait.ts';
import { chooseEncoding } from '../../completions/choose-encoding.ts';
import type { RunEncoding } from '../../completions/run-encoding.ts';
import { CaluteError } from '../../errors.ts';
import type { RunId } from '../../ids.ts';
import type { Dispatcher } from '../../queue/dispatcher.ts';
import type { Partitioning } from '../../redis/partitioning.ts';
import type { Follower, Following } from '../../run-store/read/follower.ts';
import type { RunLog, RunReader } from '../../run-store/run-log.ts';
import type { RunEnd } from '../../runs/run-end.ts';
import type { BatchRecord } from '../batch.ts';
import type { BatchEndpoint, LineRequest } from '../batch-endpoint.ts';
import { parseLine } from '../input/parse-line.ts';
import type { BatchInput } from '../input/read-input.ts';
import type { OpenLine } from '../store/open-line.ts';
import { runIdOf } from './line-ids.ts';
import { nextAttemptMs } from './line-patience.ts';
import { type LineResult, toFailure, toSuccess, toUndone } from './line-result.ts';
import { findRun, gatherRun } from './line-run.ts';
import { type NewLineRunParts, toNewRun } from './new-line-run.ts';

export interface RunLineParts extends NewLineRunParts {
  readonly log: RunLog & Pick<RunReader, 'read'>;
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>;
  readonly follower: Pick<Follower, 'follow' | 'channelOf'>;
  readonly partitioning: Pick<Partitioning, 'markOf'>;
}

/** The batch that a line belongs to. */
export interface LineContext {
  readonly batch: BatchRecord;
  readonly endpoint: BatchEndpoint;
  readonly input: Pick<BatchInput, 'readOne'>;
  /** Notes the next attempt before it is made. Throws when the batch is lost. */
  onRetry(line: OpenLine): Promise<void>;
  /** Told of what nobody has foreseen: the line fails by it, and not the batch. */
  onBug(error: unknown, line: OpenLine): void;
  readonly signal: AbortSignal;
}

/**
 * The body of a line that was just read, until it is used: it is not to stay in memory for as long as the run takes. A line that was
 * taken over is read again, unless its run is there.
 */
export interface FreshBody {
  body: unknown;
}

/** What one attempt came to. */
type Attempted =
  | { readonly outcome: 'result'; readonly result: LineResult }
  | { readonly outcome: 'again'; readonly afterMs: number }
  /** Its run has never been accepted, or nobody can tell: the same attempt is made again. */
  | { readonly outcome: 'same-again'; readonly afterMs: number };

const storePauseMs = 1000;
/** By which the clock of Redis may be off. */
const clockSlackMs = 5000;

/**
 * Runs a line until there is a result, attempt by attempt; what may pass is waited for. Throws the signal's reason, what `onRetry`
 * throws, and `file_not_found`.
 */
export async function runLine(
  parts: RunLineParts,
  context: LineContext,
  { line: first, fresh }: { readonly line: OpenLine; readonly fresh?: FreshBody | undefined },
): Promise<LineResult> {
  let line = first;
  for (;;) {
    const pauseMs = line.notBeforeMs - parts.now();
    if (pauseMs > 0) await wait(pauseMs, context.signal);
    const attempted = await attempt(parts, context, { line, fresh }).catch((error: unknown) =>
      afterFailure(parts, context, { line, error }),
    );
    switch (attempted.outcome) {
      case 'result':
        return attempted.result;
      case 'same-again':
        await wait(attempted.afterMs, context.signal);
        break;
      case 'again':
        line = {
          ...line,
          attempt: line.attempt + 1,
          notBeforeMs: Math.ceil(parts.now() + attempted.afterMs),
        };
        await context.onRetry(line);
    }
  }
}

const passing: ReadonlySet<string> = new Set([
  'store_unavailable',
  'file_store_unavailable',
  // The run was lost, or has expired before anybody has read it.
  'run_not_found',
  'store_lost',
]);

function afterFailure(
  { partitioning }: RunLineParts,
  context: LineContext,
  { line, error }: { readonly line: OpenLine; readonly error: unknown },
): Attempted {
  if (context.signal.aborted) throw error;
  if (CaluteError.is(error)) {
    if (!passing.has(error.code)) throw error;
    return { outcome: 'same-again', afterMs: storePauseMs };
  }
  context.onBug(error, line);
  const runId = runIdOf(context.batch, line, partitioning);
  const bug = new CaluteError('internal_error', 'The request failed unexpectedly.', { cause: error });
  // Tools may have started: another run of the line could start them again.
  return toOutcome(context, { line, runId, usage: undefined }, { error: bug, mayPass: false });
}

interface Attempt {
  readonly line: OpenLine;
  readonly fresh: FreshBody | undefined;
}

// It waits for as long as the run takes. So nothing in it holds the prompt.
async function attempt(parts: RunLineParts, context: LineContext, asked: Attempt): Promise<Attempted> {
  const { line } = asked;
  const runId = runIdOf(context.batch, line, parts.partitioning);
  // Only what was just read is known to have no run yet.
  const known = asked.fresh?.body === undefined ? await findRun(parts, runId) : undefined;
  const events = parts.follower.follow(runId, {
    ...{ afterSeq: 0, signal: context.signal },
    fresh: known === undefined,
  });
  try {
    const submitted = known ?? (await submit(parts, context, { ...asked, runId }));
    if ('outcome' in submitted) return submitted;
    return await judge(parts, context, { line, encoding: submitted, runId, events });
  } finally {
    events.stop();
  }
}

/** Makes the run of a line; gives what to encode it with, or what becomes of the line otherwise. */
async function submit(
  parts: RunLineParts,
  context: LineContext,
  { line, fresh, runId }: Attempt & { readonly runId: RunId },
): Promise<RunEncoding<object> | Attempted> {
  const body = fresh?.body ?? (await readBody(context, line));
  if (fresh) fresh.body = undefined;
  const asked = await admit(context, { line, body, runId });
  if ('outcome' in asked) return asked;
  const run = toNewRun(parts, context.batch, { runId, asked: asked.request });
  // Whoever ends the lines has found no run of this one, and looks no more.
  context.signal.throwIfAborted();
  const accepted = await parts.log.accept(run);
  if (accepted.outcome !== 'accepted') {
    const afterMs = 'retryAfterMs' in accepted ? accepted.retryAfterMs : storePauseMs;
    return { outcome: 'same-again', afterMs: Math.max(storePauseMs, afterMs) };
  }
  void parts.dispatcher.dispatch(runId, { waits: accepted.queue !== undefined });
  return chooseEncoding(runId, { createdMs: accepted.createdMs, request: run.request });
}

/** What the body asks for; its fault is the result of the line. */
async function admit(
  context: LineContext,
  { line, body, runId }: { readonly line: OpenLine; readonly body: unknown; readonly runId: RunId },
): Promise<Attempted | { readonly request: LineRequest }> {
  try {
    return { request: await context.endpoint.admit(body, context.batch.tenant) };
  } catch (error) {
    if (!CaluteError.is(error) || passing.has(error.code)) throw error;
    return toOutcome(context, { line, runId, usage: undefined }, { error });
  }
}

async function readBody({ input, batch, signal }: LineContext, line: OpenLine): Promise<unknown> {
  const read = await input.readOne(line, signal);
  const parsed = read.kind === 'text' ? parseLine(read.text, batch.endpoint) : undefined;
  if (parsed?.outcome !== 'line') throw new Error(`Line ${line.number} is not what was validated.`);
  return parsed.line.body;
}

interface Followed {
  readonly line: OpenLine;
  readonly encoding: RunEncoding<object>;
  readonly runId: RunId;
  readonly events: Following;
}

/** Follows a run to its end and says what that means for the line. */
async function judge(
  { now }: RunLineParts,
  context: LineContext,
  { line, encoding, runId, events }: Followed,
): Promise<Attempted> {
  const gathered = await gatherRun(encoding, events);
  if (gathered === undefined) {
    context.signal.throwIfAborted();
    throw new Error(`The run ${runId} was followed no further.`);
  }
  const { end, gatherer, startedTools } = gathered;
  const answered = { line, runId, usage: end.usage };
  if (end.reason === 'completed') {
    return { outcome: 'result', result: toSuccess(context.batch, answered, gatherer.finish(end)) };
  }
  const isOver = context.batch.expiresAt * 1000 - now() < clockSlackMs;
  if (end.reason === 'cancelled' && end.by === 'deadline' && isOver) {
    return {
      outcome: 'result',
      result: { ...toUndone(context.batch, line, 'expired'), usage: end.usage, runId },
    };
  }
  if (end.reason === 'cancelled' && end.by === 'disconnect')
    return { outcome: 'again', afterMs: storePauseMs };
  const error = gatherer.fail(end);
  // A client is told that its time is over; here it is that of the attempt.
  const tookTooLong = end.reason === 'cancelled' && end.by === 'deadline';
  return toOutcome(context, answered, { error, mayPass: tookTooLong ? !startedTools : error.retryable });
}

function toOutcome(
  { batch }: LineContext,
  answered: { readonly line: OpenLine; readonly runId: RunId; readonly usage: RunEnd['usage'] },
  { error, mayPass = error.retryable }: { readonly error: CaluteError; readonly mayPass?: boolean },
): Attempted {
  const afterMs = mayPass ? nextAttemptMs(error, answered.line.attempt) : undefined;
  if (afterMs !== undefined) return { outcome: 'again', afterMs };
  return { outcome: 'result', result: toFailure(batch, answered, error) };
}
