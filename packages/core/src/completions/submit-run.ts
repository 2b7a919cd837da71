import { createHash } from 'node:crypto';
import { CaluteError } from '../errors.ts';
import { createRandomPool, createRunId, type RunId } from '../ids.ts';
import type { Logger } from '../logging/logger.ts';
import type { ChatRequest } from '../protocol/chat-request.ts';
import type { ResponseRequest } from '../protocol/responses/response-request.ts';
import type { Dispatcher } from '../queue/dispatcher.ts';
import type { Partitioning } from '../redis/partitioning.ts';
import type { DirectRequest } from '../request/direct-request.ts';
import type { Backlog, QueuePlace } from '../run-store/backlog/backlog.ts';
import type { Follower, Following } from '../run-store/read/follower.ts';
import type { AcceptOutcome, KeptRun, NewRun, RunLog, RunReader } from '../run-store/run-log.ts';
import { type RunRequest, versionOf } from '../runs/run-request.ts';
import type { CompletionContext } from './completion-context.ts';
import { endPersistently } from './end-persistently.ts';
import { placeOf, withAllowedTier } from './place-of.ts';
import type { OpenEncoding, RunEncoding } from './run-encoding.ts';

export interface SubmitRunParts {
  readonly log: RunLog & RunReader;
  readonly dispatcher: Dispatcher;
  readonly backlog: Pick<Backlog, 'find'>;
  readonly follower: Follower;
  readonly logger: Logger;
  /** Runs that may be accepted and not ended, over all tenants. */
  readonly maxLiveRuns: number;
  readonly now: () => number;
  readonly partitioning: Pick<Partitioning, 'markOf'>;
}

/** An accepted run, already listened to. */
export interface SubmittedRun<Answer> {
  readonly runId: RunId;
  readonly encoding: RunEncoding<Answer>;
  readonly events: Following;
  /** Where it stands, when it has to wait. */
  readonly queue?: QueuePlace;
  /** Set for one that was accepted for this: until its deadline, from now. */
  readonly deadlineMs?: number;
}

/** What is to be run, apart from what the context says. */
export interface AskedRun {
  readonly chat: ChatRequest;
  /** Set when a Response was asked for. */
  readonly response?: ResponseRequest;
  /** Set when the model itself is asked. */
  readonly direct?: DirectRequest;
  /** Set when it is to be kept for longer than any run. */
  readonly keep?: Omit<KeptRun, 'request'>;
}

/**
 * Accepts a run and sends it to a worker, or attaches to the one that has the same idempotency key.
 * Throws CaluteError: limits, `server_is_overloaded`, `idempotency_key_reused`, `store_unavailable`.
 */
export type SubmitRun = <Answer>(
  asked: AskedRun,
  context: CompletionContext,
  openEncoding: OpenEncoding<Answer>,
) => Promise<SubmittedRun<Answer>>;

export function createSubmitRun(parts: SubmitRunParts): SubmitRun {
  const { follower, now, partitioning } = parts;
  const takeRandom = createRandomPool();
  return async (asked, context, openEncoding) => {
    const id = createRunId(now(), takeRandom, partitioning.markOf(context.identity.tenant));
    const run = toNewRun(id, parts, { asked, context });
    // The first frame can come before the answer to `accept`, so the channel is listened to before.
    const events = follower.follow(run.id, { afterSeq: 0, fresh: true, signal: context.signal });
    try {
      const accepted = await parts.log.accept(run);
      switch (accepted.outcome) {
        case 'accepted': {
          void parts.dispatcher.dispatch(run.id, { waits: accepted.queue !== undefined });
          if (accepted.queue) context.onQueued?.(accepted.queue);
          context.onRate?.(accepted.rate);
          context.onAccepted?.(run.id);
          const { createdMs, queue } = accepted;
          const encoding = openEncoding(run.id, { createdMs, request: run.request });
          const { deadlineMs } = run;
          return { runId: run.id, encoding, events, deadlineMs, ...(queue && { queue }) };
        }
        case 'duplicate':
          events.stop();
          context.onRate?.(accepted.rate);
          return await attach(parts, { runId: accepted.runId, context, openEncoding });
        default:
          if (accepted.outcome === 'limited') context.onRate?.(accepted.rate);
          throw toRefusal(accepted);
      }
    } catch (error) {
      events.stop();
      // The answer may be lost while the run is not. With a key the client's next try finds it; without, nobody will.
      const mayBeAccepted = CaluteError.is(error) && error.code === 'store_unavailable';
      if (mayBeAccepted && run.idempotency === undefined) void endPersistently(parts, run.id, {});
      throw error;
    }
  };
}

function toNewRun(
  id: RunId,
  { follower, maxLiveRuns }: SubmitRunParts,
  {
    asked: { chat, response, direct, keep },
    context,
  }: { readonly asked: AskedRun; readonly context: CompletionContext },
): NewRun {
  const { identity, idempotencyKey, showEvents, onDisconnect, deadlineMs, traceparent } = context;
  const asked: RunRequest = {
    version: versionOf({ direct }),
    chat,
    ...(response === undefined ? {} : { response }),
    ...(direct === undefined ? {} : { direct }),
    showEvents,
  };
  const { requestsPerMinute, tokensPerMinute, concurrency } = identity;
  const key =
    idempotencyKey === undefined ? {} : { idempotency: { key: idempotencyKey, bodyHash: hashOf(asked) } };
  const request: RunRequest = { ...withAllowedTier(asked, identity.scopes), onDisconnect };
  return {
    id,
    tenant: identity.tenant,
    request: { ...request, ...(traceparent === undefined ? {} : { traceparent }) },
    deadlineMs,
    channel: follower.channelOf(id),
    limits: { maxLive: maxLiveRuns, requestsPerMinute, tokensPerMinute, concurrency },
    place: placeOf({ chat, direct }, identity),
    // Nobody finds such a run again whose client has not been answered.
    provisional: idempotencyKey === undefined && onDisconnect !== 'continue',
    ...key,
    ...(keep === undefined ? {} : { keep: { ...keep, ...trim(request) } }),
  };
}

/** What a Response goes on from is kept with those that it goes on from. */
function trim(request: RunRequest): Pick<KeptRun, 'request'> {
  return request.response === undefined
    ? {}
    : { request: { ...request, chat: { ...request.chat, messages: [] } } };
}

/** Parsing puts the fields into the schema's order, so equal requests have equal text. */
function hashOf({ version, chat, response, direct, showEvents }: RunRequest): string {
  // What a Response goes on from may have grown since.
  const asked =
    response === undefined ? { version, chat, direct, showEvents } : { version, response, showEvents };
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64url');
}

interface AttachedRun<Answer> {
  readonly runId: RunId;
  readonly context: CompletionContext;
  readonly openEncoding: OpenEncoding<Answer>;
}

async function attach<Answer>(
  { log, backlog, follower }: SubmitRunParts,
  { runId, context, openEncoding }: AttachedRun<Answer>,
): Promise<SubmittedRun<Answer>> {
  const [queue] = await backlog.find([runId]);
  if (queue) context.onQueued?.(queue);
  context.onAccepted?.(runId);
  const read = await log.read(runId, { afterSeq: 0, limit: 1, withHeader: true });
  if (read.outcome === 'unknown' || !read.header) {
    throw new CaluteError(
      'run_not_found',
      'The run of this idempotency key has just expired; send the request again.',
    );
  }
  const events = follower.follow(runId, { afterSeq: 0, fresh: false, signal: context.signal });
  return { runId, encoding: openEncoding(runId, read.header), events, ...(queue && { queue }) };
}

function toRefusal(refused: Exclude<AcceptOutcome, { outcome: 'accepted' | 'duplicate' }>): CaluteError {
  switch (refused.outcome) {
    case 'key-reused': {
      const message =
        'This Idempotency-Key was used with another request body; use a new key for a new request.';
      return new CaluteError('idempotency_key_reused', message);
    }
    case 'full': {
      const message = 'Too many runs are waiting; try again in a moment.';
      return new CaluteError('server_is_overloaded', message, { retryAfterMs: refused.retryAfterMs });
    }
    case 'slow': {
      const { waitMs, retryAfterMs } = refused;
      const message = `The run would start in about ${Math.ceil(waitMs / 1000)} s, after its deadline; try again later, or with a longer one.`;
      return new CaluteError('slow_down', message, { retryAfterMs });
    }
    case 'limited': {
      const { by, retryAfterMs } = refused;
      const what = by === 'concurrency' ? 'runs at once' : `${by} per minute`;
      return new CaluteError('rate_limit_exceeded', `This key has reached its limit of ${what}.`, {
        retryAfterMs,
      });
    }
  }
}
