import type { RunId, TenantId } from '../ids.ts';
import type { RunEnd } from '../runs/run-end.ts';
import type { RunRequest } from '../runs/run-request.ts';
import type { QueuePlace } from './backlog/backlog.ts';
import type { Place, RunClass } from './backlog/place.ts';

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
  /**
   * When it is too late to accept it, as `performance.now()` of this process tells the time: then `store_unavailable` is thrown, and no
   * accept that is still on its way makes a run. Unset: as long as a command may take.
   */
  readonly acceptBefore?: number;
  /** The reply channel that gets the run's frames from the first one on. */
  readonly channel: string;
  readonly idempotency?: { readonly key: string; readonly bodyHash: string };
  readonly limits: AcceptLimits;
  readonly place: Place;
  /**
   * Whether nobody can know the run before it was queued: when the process that accepted it is gone by then, and nobody has
   * read it, it is ended and not run.
   */
  readonly provisional: boolean;
  /** Set when it is to be kept for longer than any run. */
  readonly keep?: KeptRun;
}

/** Wire formats whose runs are kept, each in lists of its own. */
export type KeptAs = 'chat' | 'response';

export interface KeptRun {
  readonly as: KeptAs;
  readonly retentionMs: number;
  /** What takes the place of the request after the end; undefined: all of it is kept. */
  readonly request?: RunRequest;
  /** So many runs of the tenant are kept in all; the oldest give way. */
  readonly atMost: number;
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
  | {
      readonly outcome: 'accepted';
      readonly createdMs: number;
      readonly rate: RateLimitState;
      /** Set when it has to wait and is to be put in the backlog; otherwise it is offered, and its job is to be added. */
      readonly queue: QueuePlace | undefined;
    }
  /** The idempotency key belongs to this run, which had the same body. */
  | { readonly outcome: 'duplicate'; readonly runId: RunId; readonly rate: RateLimitState }
  | { readonly outcome: 'key-reused' }
  /** So many runs are accepted and not ended. */
  | { readonly outcome: 'full'; readonly retryAfterMs: number }
  /** It would not start before its deadline. */
  | { readonly outcome: 'slow'; readonly waitMs: number; readonly retryAfterMs: number }
  | {
      readonly outcome: 'limited';
      readonly by: 'requests' | 'tokens' | 'concurrency';
      readonly retryAfterMs: number;
      readonly rate: RateLimitState;
    };

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
      readonly runClass: RunClass;
      /** From 1; those that were put off until their provider took calls again do not count. */
      readonly attempt: number;
    }
  /** Claimed too, but this version cannot read the request: a later one has accepted it. It is to be left to others. */
  | { readonly outcome: 'unreadable'; readonly epoch: number; readonly attempt: number }
  /** The run is over (also because its deadline passed while it waited): nothing is left to do. */
  | { readonly outcome: 'ended' }
  /** It was given to somebody else meanwhile, or is back in the backlog. */
  | { readonly outcome: 'stale' }
  /** Its workers died too often under it: it is to be given up. */
  | { readonly outcome: 'doomed' }
  | { readonly outcome: 'unknown' };

/** What the store has to know of an end; the rest stands in the frame. */
export interface FrameEnd {
  readonly reason: RunEnd['reason'];
  /** To charge to the tenant. */
  readonly tokens: number;
  /**
   * Whether the same request may be sent again: its idempotency key is then free for a further run, unless a tool may have
   * started.
   */
  readonly mayRetry: boolean;
}

export interface AppendFrame extends Frame {
  readonly runId: RunId;
  readonly epoch: number;
  /** Whether a client sees something of this frame. */
  readonly visible: boolean;
  /** Whether tools start once this is stored: the idempotency key of the run is then never freed. */
  readonly startsTools?: boolean;
  /** Set on the frame that holds the run's end. */
  readonly end?: FrameEnd;
}

/**
 * `stored` also for a sequence that was stored before: a resend is a success. `no-subscribers`: stored, but no process listened.
 * `gap` is a bug of the producer.
 */
export type AppendOutcome = 'stored' | 'no-subscribers' | 'fenced' | 'ended' | 'gap' | 'unknown';

/** Why a frame was not stored, and no later one of this attempt will be. */
export type AppendRefusal = Exclude<AppendOutcome, 'stored' | 'no-subscribers'>;

/** `ended` also when it had ended for the same reason before; `spared` only when asked to spare such runs. */
export type EndOutcome = 'ended' | 'already-ended' | 'spared' | 'unknown';

/** What a follower must know of a run before its first frame. */
export interface RunHeader {
  readonly tenant: TenantId;
  readonly createdMs: number;
  readonly request: RunRequest;
}

export type ReadOutcome =
  | {
      readonly outcome: 'found';
      readonly frames: readonly Frame[];
      /** Whether the log holds more frames after these. */
      readonly more: boolean;
      readonly ended: boolean;
      /** Only when it was asked for. */
      readonly header?: RunHeader;
    }
  | { readonly outcome: 'unknown' };

export interface RunHead {
  /** The last sequence in the log. */
  readonly seq: number;
  readonly ended: boolean;
}

export interface EndOptions {
  /** Leaves the run alone while a channel is attached to it, or while a worker has it. */
  readonly spare?: 'followed' | 'held';
}

/**
 * The runs and their logs, as writers see them. Every method is one atomic step and may be sent twice (a lost reply makes
 * the client resend): the second time changes nothing and answers as the first. Each frame that is stored reaches every channel attached to its run, in sequence, at most once; channels may lose
 * messages, so readers close gaps with `read`. After the end nothing is stored; run and log stay readable for the retention.
 * Throws CaluteError `store_unavailable` when the store cannot be reached or refuses the write.
 */
export interface RunLog {
  accept(run: NewRun): Promise<AcceptOutcome>;
  /** Stores and publishes frames of several runs; each stands for itself, answers are in the order given. */
  append(frames: readonly AppendFrame[]): Promise<AppendOutcome[]>;
  /** Ends a run from outside: a cancel, a deadline, a lost worker. Fences the attempt that holds it and tells its channel. */
  end(runId: RunId, end: Exclude<RunEnd, { reason: 'completed' }>, options?: EndOptions): Promise<EndOutcome>;
}

export interface ReadOptions {
  readonly afterSeq: number;
  /** At most so many frames. */
  readonly limit: number;
  /** A channel that shall get the run's frames from now on. */
  readonly channel?: string;
  readonly withHeader?: boolean;
}

/** The runs and their logs, as readers see them; same rules as `RunLog`. */
export interface RunReader {
  /**
   * Frames after `afterSeq`, oldest first; attaches `channel` in the same step, so that nothing falls between. After that the
   * run is not provisional any more: only who was told of its acceptance knows its id.
   */
  read(runId: RunId, options: ReadOptions): Promise<ReadOutcome>;
  /** Detaches a channel. */
  leave(runId: RunId, channel: string): Promise<void>;
  /** Where each run's log stands; undefined for an unknown run. It is not provisional any more, as with `read`. */
  heads(runIds: readonly RunId[]): Promise<(RunHead | undefined)[]>;
  /** Whether a process listens to each run at this moment. */
  hasSubscribers(runIds: readonly RunId[]): Promise<boolean[]>;
}
