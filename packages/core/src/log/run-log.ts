import type { RunId, TenantId } from '../ids.ts';
import type { RunEnd } from '../runs/run-end.ts';
import type { RunRequest } from '../runs/run-request.ts';

/** The events of one flush as they stand in the log: encoded once by the worker, decoded once by each reader. */
export interface Frame {
  /** Dense from 1 within a run. */
  readonly seq: number;
  readonly payload: string;
}

/** A run as it is accepted; its id is made by the caller, so that it can listen before anything happens. */
export interface NewRun {
  readonly id: RunId;
  readonly tenant: TenantId;
  readonly request: RunRequest;
  /** Relative; the absolute deadline is set by the store's clock. */
  readonly deadlineMs: number;
  /** The reply channel that gets the run's frames from the first one on. */
  readonly channel: string;
  readonly idempotency?: { readonly key: string; readonly bodyHash: string };
  readonly limits: AcceptLimits;
}

/** Undefined means unlimited. */
export interface AcceptLimits {
  /** Runs of all tenants that are accepted and not ended. */
  readonly maxLive: number;
  readonly concurrency?: number | undefined;
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
}

/** What stands in the `x-ratelimit-*` headers; a figure is absent where the key has no such limit. */
export interface RateLimitState {
  readonly requests?: { readonly limit: number; readonly remaining: number };
  readonly tokens?: { readonly limit: number; readonly remaining: number };
  readonly resetMs: number;
}

export type AcceptOutcome =
  | { readonly outcome: 'accepted'; readonly createdMs: number; readonly rate: RateLimitState }
  /** The idempotency key belongs to this run, which had the same body. */
  | { readonly outcome: 'duplicate'; readonly runId: RunId; readonly rate: RateLimitState }
  | { readonly outcome: 'key-reused' }
  | { readonly outcome: 'full' }
  | { readonly outcome: 'limited'; readonly by: 'requests' | 'tokens' | 'concurrency'; readonly retryAfterMs: number; readonly rate: RateLimitState };

export type ClaimOutcome =
  | {
      readonly outcome: 'claimed';
      /** Fences this attempt: a write under an older epoch is refused. */
      readonly epoch: number;
      /** The last sequence in the log; this attempt writes from the next one. */
      readonly seq: number;
      /** Whether the client has already been shown something of an earlier attempt. */
      readonly visible: boolean;
      readonly tenant: TenantId;
      readonly request: RunRequest;
      /** Until the deadline, in ms. */
      readonly remainingMs: number;
      /** Between acceptance and this claim, in ms. */
      readonly waitedMs: number;
    }
  /** The run is over (also because its deadline passed while it waited): nothing is left to do. */
  | { readonly outcome: 'ended' }
  | { readonly outcome: 'unknown' };

export interface AppendFrame extends Frame {
  readonly runId: RunId;
  readonly epoch: number;
  /** Whether a client sees something of this frame. */
  readonly visible: boolean;
  /** Set on the frame that holds the run's end. */
  readonly end?: { readonly reason: RunEnd['reason']; readonly tokens: number };
}

/** `stored` also for a sequence that was stored before: a resend is a success. `gap` is a bug of the producer. */
export type AppendOutcome = 'stored' | 'fenced' | 'ended' | 'gap' | 'unknown';

export type EndOutcome = 'ended' | 'already-ended' | 'unknown';

export type ReadOutcome =
  | {
      readonly outcome: 'found';
      readonly frames: readonly Frame[];
      /** Whether the log holds more frames after these. */
      readonly more: boolean;
      readonly ended: boolean;
    }
  | { readonly outcome: 'unknown' };

/** What a follower must know of a run before its first frame. */
export interface RunHeader {
  readonly tenant: TenantId;
  readonly createdMs: number;
  readonly request: RunRequest;
  readonly ended: boolean;
}

/**
 * The runs and their logs. Every method is one atomic step and may be sent twice (a lost reply makes the client resend):
 * the second time changes nothing and answers as the first, except that a resent claim takes a further epoch.
 * Each frame that is stored reaches every channel attached to its run, in sequence, at most once; channels may lose
 * messages, so readers close gaps with `read`. After the end nothing is stored; run and log stay readable for the retention.
 * Errors: CaluteError `store_unavailable` when the store cannot be reached or refuses the write.
 */
export interface RunLog {
  accept(run: NewRun): Promise<AcceptOutcome>;
  /** Starts a further attempt; the previous one is fenced from then on. `controlChannel` is told when the run ends from outside. */
  claim(runId: RunId, controlChannel: string): Promise<ClaimOutcome>;
  /** Stores and publishes frames of several runs; each stands for itself, answers are in the order given. */
  append(frames: readonly AppendFrame[]): Promise<AppendOutcome[]>;
  /** Ends a run from outside: a cancel, a deadline, a lost worker. Fences the attempt that holds it and tells its channel. */
  end(runId: RunId, end: Exclude<RunEnd, { reason: 'completed' }>): Promise<EndOutcome>;
  /** Frames after `afterSeq`, oldest first; with `channel`, attaches it in the same step, so that nothing falls between. */
  read(runId: RunId, options: { afterSeq: number; limit: number; channel?: string }): Promise<ReadOutcome>;
  header(runId: RunId): Promise<RunHeader | undefined>;
}
