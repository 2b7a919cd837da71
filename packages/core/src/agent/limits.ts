/** What one run of an agent may use; absent means unlimited. */
export interface Limits {
  /** Model calls. @defaultValue 16 */
  readonly maxSteps: number;
  /** How often the conversation may pass from agent to agent. @defaultValue 8 */
  readonly maxHandoffs: number;
  /** Output tokens of all model calls together, those of reasoning included. */
  readonly maxOutputTokens?: number;
  /** Wall time from the start of the first attempt, in ms. */
  readonly maxDurationMs?: number;
  /** What all model calls together may cost, by the agent's `prices`. */
  readonly maxCostUsd?: number;
}

/** USD for a million tokens of the agent's model. */
export interface Prices {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
  /** Input that the provider has read from its cache. @defaultValue `inputPerMillion` */
  readonly cachedInputPerMillion?: number;
}
