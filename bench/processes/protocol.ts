/**
 * The mock upstream's ways to answer: all tokens in one write at once, or after 0.5 to 1.5 s; one per 2 ms, one per 10 ms, one per
 * 200 ms, one per 20 s.
 */
export type MockModel =
  | 'mock-burst'
  | 'mock-late'
  | 'mock-brisk'
  | 'mock-paced'
  | 'mock-talking'
  | 'mock-slow';

/** Where the load goes: replicas of one API, which are asked in turn. */
export interface Target {
  readonly urls: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Loops of requests, each waiting for its answer, until a time or a count is reached. */
export interface Load {
  readonly model: MockModel;
  readonly stream: boolean;
  /** Of each answer. */
  readonly tokens: number;
  readonly concurrency: number;
  readonly until:
    | { readonly kind: 'time'; readonly ms: number }
    | { readonly kind: 'count'; readonly requests: number; readonly maxMs: number };
}

/** What every measurement asks for that does not say otherwise. */
export const usualLoad = { model: 'mock-burst', stream: true, tokens: 64, concurrency: 32 } as const;

/** Runs that are accepted and queued as an API does it, by a process that does not wait for their answers. */
export interface Submission {
  readonly model: MockModel;
  readonly count: number;
  /** How many are on their way at once. */
  readonly concurrency: number;
  /** Of each prompt, at least. */
  readonly promptBytes: number;
  /** Of each answer. */
  readonly tokens: number;
  /** Who asks. @defaultValue the tenant of the benchmark's own key */
  readonly tenant?: string;
  /** @defaultValue live */
  readonly runClass?: 'live' | 'flex';
}

/** Frames of one token each, stored one append after the other, as a worker stores what its runs say. */
export interface Appending {
  readonly frames: number;
  /** Each of another run. */
  readonly framesPerAppend: number;
}

/** Runs that go through the store while nothing is done for them. */
export interface Passage {
  readonly count: number;
  /** How many are on their way at once, in each hop. */
  readonly concurrency: number;
}

/**
 * What a run asks of the store at least: its way to a worker, from its acceptance until it is taken off the queue; and a frame
 * that holds one token and the end.
 */
export const hops = ['dispatch', 'end'] as const;
export type Hop = (typeof hops)[number];

/** The API instance whose runs the process at the store accepts, and so who hears their frames. */
export const storeInstance = 'bench';

/** What a process of the benchmark tells the parent that forked it, beside `{ type: 'ready', url }`. */
export type ChildReport =
  | { readonly type: 'sample'; readonly sample: Sample }
  | {
      readonly type: 'streams-open';
      readonly open: number;
      readonly failed: number;
      readonly firstError?: string;
    }
  | { readonly type: 'talk'; readonly talk: Talk }
  | { readonly type: 'submitted'; readonly submitted: Submitted }
  | { readonly type: 'appended'; readonly cpuUs: StoreCpu }
  | { readonly type: 'passed'; readonly cpuUs: Readonly<Record<Hop, StoreCpu>> }
  | { readonly type: 'store'; readonly store: StoreState }
  | { readonly type: 'jobs-done' }
  | { readonly type: 'fault'; readonly message: string };

/** What the parent asks of a process that makes load. */
export type LoadOrder =
  | { readonly type: 'load'; readonly target: Target; readonly load: Load }
  | { readonly type: 'open-streams'; readonly target: Target; readonly streams: StreamsToOpen }
  /** Watches all streams that it has opened. */
  | { readonly type: 'watch-streams'; readonly ms: number };

export interface StreamsToOpen extends Pick<Load, 'model' | 'tokens'> {
  readonly count: number;
}

/** What open streams have said while they were watched. */
export interface Talk {
  /** Streams that are still open. */
  readonly open: number;
  /** Between one piece of a stream and the next. */
  readonly gapMs: { readonly p50: number; readonly p99: number };
}

/** What the parent asks of both ends of a queue: to add so many jobs, and to take as many. */
export interface JobsOrder {
  readonly type: 'jobs';
  readonly count: number;
}

/** What the parent asks of the process that stands at the store. */
export type StoreOrder =
  | { readonly type: 'submit'; readonly submission: Submission }
  | { readonly type: 'append'; readonly appending: Appending }
  | { readonly type: 'pass'; readonly passage: Passage }
  | { readonly type: 'inspect' };

/** What one stretch of load has seen. */
export interface Sample {
  readonly requests: number;
  readonly errors: number;
  /** The first error's text. */
  readonly firstError?: string;
  readonly seconds: number;
  /** Of right answers. */
  readonly tokens: number;
  /** Until the first token of text; for answers that are not streamed, until the whole. */
  readonly ttftMs: { readonly p50: number; readonly p99: number };
  /** Between one piece of a stream and the next; absent when no answer came in several. */
  readonly gapMs?: { readonly p50: number; readonly p99: number };
}

/** What accepting runs has taken. */
export interface Submitted {
  /** Until the store has said that the run is accepted. */
  readonly acceptMs: { readonly p50: number; readonly p99: number };
  /** For all of them. */
  readonly cpuUs: StoreCpu;
}

/** CPU time of the process that stands at the store, and of Redis. */
export interface StoreCpu {
  readonly own: number;
  readonly redis: number;
}

/** What the store holds. */
export interface StoreState {
  /** In the backlog. */
  readonly waiting: number;
  /** To workers, or held by one. */
  readonly offered: number;
  /** For how many runs the workers have room. */
  readonly room: number;
  /** Accepted and not ended. */
  readonly live: number;
  readonly memoryBytes: number;
  readonly redisCpuUs: number;
  /** Of those runs that were submitted last. */
  readonly framesPerRun: number;
}
