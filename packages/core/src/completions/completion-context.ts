import type { Identity } from '../api-keys/authenticate.ts';
import type { RunId } from '../ids.ts';
import type { QueuePlace } from '../run-store/backlog/backlog.ts';
import type { RateLimitState } from '../run-store/run-log.ts';
import type { DisconnectPolicy } from '../runs/run-request.ts';

/** What a completion needs to know beside the request body. */
export interface CompletionContext {
  readonly identity: Identity;
  /** Relative, in ms. */
  readonly deadlineMs: number;
  readonly onDisconnect: DisconnectPolicy;
  readonly showEvents: boolean;
  readonly idempotencyKey: string | undefined;
  /** Of the request's span: the run's attempts are part of the same trace. Absent where tracing is off. */
  readonly traceparent?: string;
  /** Aborts when the client is gone: the disconnect policy then decides over the run. */
  readonly signal: AbortSignal;
  /** Called with the run's id once it is accepted, before its first event: a client needs it to cancel a queued run. */
  onAccepted?(runId: RunId): void;
  /** Called with where the run stands when it has to wait, before its first event. */
  onQueued?(place: QueuePlace): void;
  /** Called with what the rate limit headers say, before the run's first event or before it is refused. */
  onRate?(rate: RateLimitState): void;
}

export interface FollowContext {
  readonly identity: Identity;
  /** The last event that the client has seen; below the first one's number for none. */
  readonly afterEventId: number;
  readonly signal: AbortSignal;
}
