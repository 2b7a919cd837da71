export type SpanKind = 'server' | 'client' | 'consumer' | 'internal';

export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface SpanOptions {
  readonly kind: SpanKind;
  /** `traceparent` of the span that this one is part of; absent or not well formed: it begins a trace of its own. */
  readonly parent?: string | undefined;
  /** `traceparent` of spans that it has to do with. */
  readonly links?: readonly string[];
  readonly attributes?: SpanAttributes;
  /** In Unix ms. @defaultValue now */
  readonly startMs?: number;
  /** 16 hex digits, for a span that others find by what they know of it. @defaultValue random */
  readonly spanId?: string;
}

/** One step of a request's way. */
export interface Span {
  /** As the header of that name has it (W3C Trace Context), for whoever does a part of the work. */
  readonly traceparent: string;
  set(attributes: SpanAttributes): void;
  rename(name: string): void;
  /** Ends it, with what it failed for: a short code, never a text that may hold what a client said. Only the first end counts. */
  end(error?: string): void;
}

/** Where spans go. There is none while tracing is off: nothing is made then. */
export interface Tracing extends AsyncDisposable {
  start(name: string, options: SpanOptions): Span;
}
