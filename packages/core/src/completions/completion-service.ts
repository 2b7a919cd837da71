import { setTimeout as delay } from 'node:timers/promises';
import type { Sampling } from '../agent/agent.ts';
import type { Identity } from '../api-keys/authenticate.ts';
import { CaluteError } from '../errors.ts';
import type { AgentDescriptor } from '../fleet/agent-descriptor.ts';
import { type RunId, readRunTime } from '../ids.ts';
import type { Logger } from '../logging/logger.ts';
import type { ChatMessage } from '../protocol/chat-message.ts';
import type { ChatRequest } from '../protocol/chat-request.ts';
import type { Dispatcher } from '../queue/dispatcher.ts';
import type { RunQueue } from '../queue/run-queue.ts';
import type { Backlog, QueuePlace } from '../run-store/backlog/backlog.ts';
import type { Follower } from '../run-store/read/follower.ts';
import type { RunHeader, RunLog, RunReader } from '../run-store/run-log.ts';
import { applyRequestParameters, type SamplingRequest } from './apply-request-parameters.ts';
import type { ChatCompletion } from './chat-completion.ts';
import { toChunkHeader } from './chunk-header.ts';
import type { CompletionContext } from './completion-context.ts';
import { createCompletionGatherer } from './encode-completion.ts';
import { endPersistently } from './end-persistently.ts';
import { createNumberEvents, type NumberEvents } from './number-events.ts';
import type { SseEvent } from './sse-event.ts';
import { createSubmitRun, type SubmitRun, type SubmittedRun } from './submit-run.ts';
import { encodePlace, tellPlace } from './tell-place.ts';

export interface CompletionServiceParts {
  readonly log: RunLog & RunReader;
  readonly queue: Pick<RunQueue, 'remove'>;
  readonly backlog: Pick<Backlog, 'find'>;
  readonly dispatcher: Dispatcher;
  readonly follower: Follower;
  readonly logger: Logger;
  /** Runs that may be accepted and not ended, over all tenants. */
  readonly maxLiveRuns: number;
  /** How long a client that went away may take to come back before its run is cancelled. */
  readonly disconnectGraceMs: number;
  /** How long an ended run stays readable. */
  readonly retentionMs: number;
  readonly now: () => number;
}

export interface FollowContext {
  readonly identity: Identity;
  /** The last event that the client has seen; 0 for none. */
  readonly afterEventId: number;
  readonly signal: AbortSignal;
}

/** What the API does with completions. It holds no run: those are in the run log, and any instance can serve any of them. */
export class CompletionService {
  readonly #parts: CompletionServiceParts;
  readonly #submit: SubmitRun;
  #draining = false;

  constructor(parts: CompletionServiceParts) {
    this.#parts = parts;
    this.#submit = createSubmitRun(parts);
  }

  /** See `applyRequestParameters`: a new agent with the sampling values that the request sent, where the agent allows it. */
  applyRequestParameters<
    Subject extends { readonly sampling: Sampling; readonly canOverrideSamplings: boolean },
  >(agent: Subject, request: SamplingRequest): Subject {
    return applyRequestParameters(agent, request, agent);
  }

  /**
   * One whole answer, however many workers it takes. Throws CaluteError; when `context.signal` aborts, the disconnect
   * policy decides over the run and `run_cancelled` is thrown.
   */
  createCompletion(
    agent: AgentDescriptor,
    messages: readonly ChatMessage[],
    request: ChatRequest,
    context: CompletionContext,
  ): Promise<ChatCompletion> {
    const submitted = this.#submit({ ...request, model: agent.id, messages: [...messages] }, context);
    return this.#gather(submitted, context);
  }

  /**
   * The run as server-sent events, those of one frame at a time, of which there may be none, up to `[DONE]` or to an event that carries `error`; ends
   * early when `context.signal` aborts. The run is submitted at once; iterating throws CaluteError for what is known
   * before it is accepted, and when the store fails.
   */
  createStreamingCompletion(
    agent: AgentDescriptor,
    messages: readonly ChatMessage[],
    request: ChatRequest,
    context: CompletionContext,
  ): AsyncGenerator<readonly SseEvent[]> {
    const submitted = this.#submit({ ...request, model: agent.id, messages: [...messages] }, context);
    return this.#stream(submitted, context);
  }

  /**
   * The stream of a run again, byte for byte, after the event that the client saw last.
   * Throws CaluteError `run_not_found`, also for a run of another tenant, and `cursor_gone` for one that has expired.
   */
  async *followStreamingCompletion(
    runId: RunId,
    context: FollowContext,
  ): AsyncGenerator<readonly SseEvent[]> {
    const { identity, afterEventId, signal } = context;
    const header = await this.#findHeader(runId, identity).catch((error: unknown) => {
      throw this.#hasExpired(runId, error) ? goneRun(runId) : error;
    });
    const events = this.#parts.follower.follow(runId, { afterSeq: 0, fresh: false, signal });
    const { onDisconnect = 'cancel' } = header.request;
    const numberEvents = createNumberEvents(toChunkHeader(runId, header), afterEventId);
    try {
      for await (const frame of events) yield numberEvents(frame);
    } finally {
      this.#leave({ runId, events }, { signal, onDisconnect });
    }
  }

  /** Ends a run, queued or running. Idempotent; a run that has ended otherwise stays as it ended. Throws `run_not_found`. */
  async cancelCompletion(
    runId: RunId,
    identity: Identity,
  ): Promise<{ id: RunId; status: 'cancelled' | 'already_ended' }> {
    await this.#findHeader(runId, identity);
    const outcome = await this.#parts.log.end(runId, { reason: 'cancelled', by: 'client' });
    if (outcome === 'unknown') throw unknownRun(runId);
    this.#forget(runId);
    return { id: runId, status: outcome === 'ended' ? 'cancelled' : 'already_ended' };
  }

  /** From now on a client that is cut off is not one that left: its run goes on, for another replica to serve. */
  drain(): void {
    this.#draining = true;
  }

  // These two wait for as long as their run takes. So they are given nothing that holds its prompt.
  async *#stream(
    submitted: Promise<SubmittedRun>,
    context: CompletionContext,
  ): AsyncGenerator<readonly SseEvent[]> {
    const run = await submitted;
    const numberEvents = createNumberEvents(run.header, 0);
    try {
      if (run.queue && run.header.showEvents) yield* this.#streamWaiting(run, run.queue, numberEvents);
      else for await (const frame of run.events) yield numberEvents(frame);
    } finally {
      this.#leave(run, context);
    }
  }

  async *#streamWaiting(
    { runId, header, events }: SubmittedRun,
    first: QueuePlace,
    numberEvents: NumberEvents,
  ): AsyncGenerator<readonly SseEvent[]> {
    for await (const told of tellPlace(this.#parts, runId, { first, events })) {
      yield 'place' in told ? [encodePlace(header, told.place)] : numberEvents(told.frame);
    }
  }

  async #gather(submitted: Promise<SubmittedRun>, context: CompletionContext): Promise<ChatCompletion> {
    const run = await submitted;
    const gatherer = createCompletionGatherer(run.header);
    try {
      for await (const events of run.events) {
        for (const event of events) {
          if (event.type !== 'run-end') gatherer.add(event);
          else if (event.end.reason === 'completed') return gatherer.finish(event.end);
          else throw gatherer.fail(event.end);
        }
      }
    } finally {
      this.#leave(run, context);
    }
    throw new CaluteError('run_cancelled', 'The client went away before the run ended.');
  }

  /** A reader that leaves a run early may be its last one: nobody would then stop it but its deadline. */
  #leave(
    { runId, events, deadline }: Pick<SubmittedRun, 'runId' | 'events' | 'deadline'>,
    { signal, onDisconnect }: Pick<CompletionContext, 'signal' | 'onDisconnect'>,
  ): void {
    clearTimeout(deadline);
    const left = !events.hasEnded() && signal.aborted && !this.#draining;
    if (left && onDisconnect === 'cancel') void this.#cancelUnlessFollowed(runId);
  }

  async #cancelUnlessFollowed(runId: RunId): Promise<void> {
    await delay(this.#parts.disconnectGraceMs);
    if (this.#draining) return;
    const outcome = await endPersistently(this.#parts, runId, { onlyUnfollowed: true });
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

  async #findHeader(runId: RunId, { tenant }: Identity): Promise<RunHeader> {
    const read = await this.#parts.log.read(runId, { afterSeq: 0, limit: 1, withHeader: true });
    if (read.outcome === 'unknown' || read.header?.tenant !== tenant) throw unknownRun(runId);
    return read.header;
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
