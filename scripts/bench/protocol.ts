/** The mock upstream's ways to answer: all tokens in one write, one per 10 ms, one per 20 s. */
export type MockModel = 'mock-burst' | 'mock-paced' | 'mock-slow';

/** Where the load goes. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Loops of requests, each waiting for its answer, until a time or a count is reached. */
export interface Load {
  readonly model: MockModel;
  readonly stream: boolean;
  readonly concurrency: number;
  readonly until:
    | { readonly kind: 'time'; readonly ms: number }
    | { readonly kind: 'count'; readonly requests: number; readonly maxMs: number };
}

/** What a process of the benchmark tells the parent that forked it, beside `{ type: 'ready', url }`. */
export type ChildReport =
  | { readonly type: 'sample'; readonly sample: Sample }
  | {
      readonly type: 'streams-open';
      readonly open: number;
      readonly failed: number;
      readonly firstError?: string;
    }
  | { readonly type: 'fault'; readonly message: string };

/** What the parent asks of a process that makes load. */
export type LoadOrder =
  | { readonly type: 'load'; readonly target: Target; readonly load: Load }
  | { readonly type: 'open-streams'; readonly target: Target; readonly count: number };

/** What one stretch of load has seen. */
export interface Sample {
  readonly requests: number;
  readonly errors: number;
  /** The first error's text. */
  readonly firstError?: string;
  readonly seconds: number;
  /** Counted in the texts of right answers. */
  readonly tokens: number;
  /** Until the first token of text; for answers that are not streamed, until the whole. */
  readonly ttftMs: { readonly p50: number; readonly p99: number };
}
