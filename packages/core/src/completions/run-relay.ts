import { setTimeout as delay } from 'node:timers/promises';
import { CaluteError } from '../errors.ts';
import { type RunId, readRunTime } from '../ids.ts';
import type { Logger } from '../logging/logger.ts';
import type { RunQueue } from '../queue/run-queue.ts';
import type { Backlog, QueuePlace } from '../run-store/backlog/backlog.ts';
import type { Follower } from '../run-store/read/follower.ts';
import type { RunHeader, RunLog, RunReader } from '../run-store/run-log.ts';
import type { CompletionContext, FollowContext } from './completion-context.ts';
import { endPersistently } from './end-persistently.ts';
import { NumberedEvents } from './number-events.ts';
import { openInTime } from './open-in-time.ts';
import type { OpenEncoding } from './run-encoding.ts';
import type { SseEvent } from './sse-event.ts';
import type { SubmittedRun } from './submit-run.ts';
import { tellPlace } from './tell-place.ts';

export interface RunRelayParts {
  readonly log: RunLog & RunReader;
  readonly queue: Pick<RunQueue, 'remove'>;
  readonly backlog: Pick<Backlog, 'find'>;
  readonly follower: Follower;
  readonly logger: Logger;
  /** How long a client that went away may take to come back before its run is cancelled. */
  readonly disconnectGraceMs: number;
  /** How long an ended run stays readable. */
  readonly retentionMs: number;
  readonly now: () => number;
}

/** Brings what runs say to their clients, in whatever wire format; what becomes of a run whose client leaves. */
export class RunRelay {
  readonly #parts: RunRelayParts;
  #draining = false;

  constructor(parts: RunRelayParts) {
    this.#parts = parts;
  }

  /** See `CompletionService.drain`. */
  drain(): void {
    this.#draining = true;
  }

  // These two wait for as long as their run takes. So they are given nothing that holds its prompt.
  /** A run that was submitted as events, a frame's at a time, up to its end. */
  async *stream(
    submitted: Promise<SubmittedRun<unknown>>,
    context: CompletionContext,
  ): AsyncGenerator<readonly SseEvent[]> {
    const run = await submitted;
    const numbered = new NumberedEvents(run.encoding);
    const deadline = this.#endOnTime(run);
    try {
      if (run.queue && run.encoding.showEvents) yield* this.#streamWaiting(run, run.queue, numbered);
      else if (run.encoding.openAfterMs !== undefined) yield* openFrames(run, numbered);
      // Not as a generator of its own: each costs every frame of every stream.
      else for await (const frame of run.events) yield numbered.next(frame);
    } finally {
      clearTimeout(deadline);
      this.#leave(run, context);
    }
  }

  /** A run that was submitted as one answer. Throws CaluteError. */
  async gather<Answer>(
    submitted: Promise<SubmittedRun<Answer>>,
    context: CompletionContext,
  ): Promise<Answer> {
    const run = await submitted;
    const gatherer = run.encoding.createGatherer();
    const deadline = this.#endOnTime(run);
    try {
      for await (const events of run.events) {
        for (const event of events) {
          if (event.type !== 'run-end') gatherer.add(event);
          else if (event.end.reason === 'completed') return gatherer.finish(event.end);
          else throw gatherer.fail(event.end);
        }
      }
    } finally {
      clearTimeout(deadline);
      this.#leave(run, context);
    }
    throw new CaluteError('run_cancelled', 'The client went away before the run ended.');
  }

  /** The events of a run again. Throws `run_not_found`, also for one of another tenant, and `cursor_gone`. */
  async *follow(
    runId: RunId,
    context: FollowContext,
    openEncoding: OpenEncoding<unknown>,
  ): AsyncGenerator<readonly SseEvent[]> {
    const { identity, afterEventId, signal } = context;
    const header = await this.findHeader(runId, identity).catch((error: unknown) => {
      throw this.#hasExpired(runId, error) ? goneRun(runId) : error;
    });
    const events = this.#parts.follower.follow(runId, { afterSeq: 0, fresh: false, signal });
    const { onDisconnect = 'cancel' } = header.request;
    const encoding = openEncoding(runId, header);
    const numbered = new NumberedEvents(encoding, afterEventId);
    try {
      const queue = encoding.showEvents ? await this.#findPlace(runId) : undefined;
      if (queue) yield* this.#streamWaiting({ runId, encoding, events }, queue, numbered);
      else if (encoding.openAfterMs !== undefined) yield* openFrames({ events, encoding }, numbered);
      else for await (const frame of events) yield numbered.next(frame);
    } finally {
      this.#leave({ runId, events }, { signal, onDisconnect });
    }
  }

  /** Ends a run, queued or running; idempotent. Throws `run_not_found`. */
  async cancel(runId: RunId, identity: FollowContext['identity']): Promise<'cancelled' | 'already_ended'> {
    await this.findHeader(runId, identity);
    const outcome = await this.#parts.log.end(runId, { reason: 'cancelled', by: 'client' });
    if (outcome === 'unknown') throw unknownRun(runId);
    this.#forget(runId);
    return outcome === 'ended' ? 'cancelled' : 'already_ended';
  }

  /** Throws `run_not_found`. */
  async findHeader(runId: RunId, { tenant }: FollowContext['identity']): Promise<RunHeader> {
    const read = await this.#parts.log.read(runId, { afterSeq: 0, limit: 1, withHeader: true });
    if (read.outcome === 'unknown' || read.header?.tenant !== tenant) throw unknownRun(runId);
    return read.header;
  }

  /** A store that does not answer is for the run's own stream to tell of. */
  async #findPlace(runId: RunId): Promise<QueuePlace | undefined> {
    const [place] = await this.#parts.backlog.find([runId]).catch(() => []);
    return place;
  }

  async *#streamWaiting(
    { runId, encoding, events }: SubmittedRun<unknown>,
    first: QueuePlace,
    numbered: NumberedEvents,
  ): AsyncGenerator<readonly SseEvent[]> {
    const opening = numbered.open();
    if (opening.length > 0) yield opening;
    for await (const told of tellPlace(this.#parts, runId, { first, events })) {
      yield 'place' in told ? [encoding.encodePlace(told.place)] : numbered.next(told.frame);
    }
  }

  /** A worker ends what it holds, and knows what that has used; what no worker has is ended by whoever waits for it. */
  #endOnTime({ runId, deadlineMs }: Pick<SubmittedRun<unknown>, 'runId' | 'deadlineMs'>) {
    return deadlineMs === undefined ? undefined : setTimeout(() => void this.#endAsLate(runId), deadlineMs);
  }

  async #endAsLate(runId: RunId): Promise<void> {
    const { log, logger } = this.#parts;
    try {
      const outcome = await log.end(runId, { reason: 'cancelled', by: 'deadline' }, { spare: 'held' });
      if (outcome === 'ended') this.#forget(runId);
    } catch (error) {
      // The sweep ends it as soon as the store answers.
      logger.warn({ err: error, runId }, 'run.end-failed');
    }
  }

  /** A reader that leaves a run early may be its last one: nobody would then stop it but its deadline. */
  #leave(
    { runId, events }: Pick<SubmittedRun<unknown>, 'runId' | 'events'>,
    { signal, onDisconnect }: Pick<CompletionContext, 'signal' | 'onDisconnect'>,
  ): void {
    const left = !events.hasEnded() && signal.aborted && !this.#draining;
    if (left && onDisconnect === 'cancel') void this.#cancelUnlessFollowed(runId);
  }

  async #cancelUnlessFollowed(runId: RunId): Promise<void> {
    await delay(this.#parts.disconnectGraceMs);
    if (this.#draining) return;
    const outcome = await endPersistently(this.#parts, runId, { spare: 'followed' });
    if (outcome === 'ended') this.#forget(runId);
  }

  /** An ended run that no worker has taken needs no job; a worker that meets it finds it ended. */
  #forget(runId: RunId): void {
    const { queue, logger } = this.#parts;
    queue.remove(runId).catch((error: unknown) => logger.warn({ err: error, runId }, 'run.dequeue-failed'));
  }

  /** Only its id tells that a run that is not known has been there. */
  #hasExpired(runId: RunId, error: unknown): boolean {
    const { now, retentionMs } = this.#parts;
    const age = now() - (readRunTime(runId) ?? Number.NEGATIVE_INFINITY);
    return (
      CaluteError.is(error) &&
      error.code === 'run_not_found' &&
      age > retentionMs &&
      age < longestRememberedMs
    );
  }
}

async function* openFrames(
  { events, encoding }: Pick<SubmittedRun<unknown>, 'events' | 'encoding'>,
  numbered: NumberedEvents,
): AsyncGenerator<readonly SseEvent[]> {
  for await (const opened of openInTime(events, encoding.openAfterMs ?? 0)) {
    yield opened === 'open' ? numbered.open() : numbered.next(opened);
  }
}

/** An id that claims to be older was more likely made up. */
const longestRememberedMs = 30 * 24 * 3600 * 1000;

function goneRun(runId: RunId): CaluteError {
  return new CaluteError('cursor_gone', `The stream of run ${runId} has expired; send the request again.`);
}

/** The same words for a foreign run as for none, so that nobody learns of other tenants' runs. */
function unknownRun(runId: RunId): CaluteError {
  return new CaluteError('run_not_found', `No run ${runId} is known; it may have expired.`);
}
