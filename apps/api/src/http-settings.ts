/** What one request may send, from where, and how long it may be waited for. */
export interface HttpSettings {
  /** Of a request body, after inflating it. */
  readonly maxBodyBytes: number;
  /** Of the arrays and objects in a request body. */
  readonly maxNesting: number;
  /** How long a stream waits for its first frame before its headers go out; until then a failure is an HTTP status. */
  readonly headersAfterMs: number;
  /** Silence after which a stream gets a keep-alive comment. */
  readonly heartbeatMs: number;
  /** How long a client may leave its socket full before it is cut. */
  readonly drainTimeoutMs: number;
  /** The longest deadline that a request may ask for, and the deadline of one that asks for none. */
  readonly runTimeoutMs: number;
  /** Whose pages may call the API from a browser; empty: none, `*` among them: all. */
  readonly corsOrigins: readonly string[];
  /** Express's `trust proxy`: whose `X-Forwarded-For` is believed. A number counts proxies from here. */
  readonly trustedProxies: number | string[];
  /** Whether webhooks may go to addresses that are not public, and by plain HTTP. */
  readonly allowPrivateWebhooks: boolean;
}

export const defaultHttpSettings: HttpSettings = {
  maxBodyBytes: 10 * 1024 * 1024,
  maxNesting: 64,
  headersAfterMs: 1000,
  heartbeatMs: 15_000,
  drainTimeoutMs: 30_000,
  runTimeoutMs: 600_000,
  corsOrigins: [],
  trustedProxies: 0,
  allowPrivateWebhooks: false,
};
