/**
 * Thrown in place of a wait: the provider takes the call at `untilMs` (Unix ms) at the earliest, and nobody watches the run.
 * Nothing of the answer has been seen. The worker gives the run's slot to another one and lets it come back then.
 */
export class ProviderPaused extends Error {
  override readonly name = 'ProviderPaused';
  readonly untilMs: number;

  constructor(untilMs: number, details: { readonly cause?: unknown } = {}) {
    super('The model provider takes the call later.', details);
    this.untilMs = untilMs;
  }
}
