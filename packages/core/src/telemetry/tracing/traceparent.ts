import { createHash } from 'node:crypto';

/** What a `traceparent` says. Source: W3C Trace Context, version 00. */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  /** 1 when whoever began the trace records it. */
  readonly flags: number;
}

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Undefined for anything that is not well formed, ids of zeros among them. */
export function parseTraceparent(text: string | undefined): TraceParent | undefined {
  const [, traceId, spanId, flags] = pattern.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

export function formatTraceparent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}

/**
 * The span id of an attempt at a run, which follows from the two: a later attempt links to an earlier one without anybody having
 * to store where that was.
 */
export function attemptSpanId(runId: string, epoch: number): string {
  return createHash('sha256').update(`${runId} ${epoch}`).digest('hex').slice(0, 16);
}

/** The `traceparent` of an attempt in the trace of its request; undefined without one. */
export function attemptTraceparent(
  request: string | undefined,
  { runId, epoch }: { readonly runId: string; readonly epoch: number },
): string | undefined {
  const parent = parseTraceparent(request);
  return parent && formatTraceparent({ ...parent, spanId: attemptSpanId(runId, epoch) });
}
