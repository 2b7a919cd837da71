/** How long an upstream may be silent, and how much it may send at once. */
export interface UpstreamLimits {
  /** From the request to the response headers. @defaultValue 60_000 */
  readonly headersTimeoutMs: number;
  /** From the headers to the first chunk: a reasoning model thinks here. @defaultValue 120_000 */
  readonly firstChunkTimeoutMs: number;
  /** Between two chunks; comments that keep the connection alive count. @defaultValue 30_000 */
  readonly silenceTimeoutMs: number;
  /** Of one SSE event. @defaultValue 1_048_576 */
  readonly maxEventBytes: number;
  /** Of the body of an error response; the rest is not read. @defaultValue 65_536 */
  readonly maxErrorBytes: number;
}

export const defaultUpstreamLimits: UpstreamLimits = {
  headersTimeoutMs: 60_000,
  firstChunkTimeoutMs: 120_000,
  silenceTimeoutMs: 30_000,
  maxEventBytes: 1_048_576,
  maxErrorBytes: 65_536,
};
