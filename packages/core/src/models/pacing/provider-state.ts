import type { Lane } from './lane.ts';
import type { LaneAnswer, LaneStep } from './step-lanes.ts';

/** A lane by its name: `openai api.openai.com` of a provider, `openai api.openai.com gpt-5` of one of its models. */
export interface NamedLane extends Lane {
  readonly name: string;
}

/**
 * The lanes to all providers, shared by all workers. Each step is atomic. A step may be taken twice when its answer was
 * lost: counts are absolute, and only failures and refusals count double.
 */
export interface ProviderState {
  /** Throws CaluteError `store_unavailable`. */
  step(step: LaneStep): Promise<LaneAnswer>;
  /** Every lane of which something is known, by name, and the clock that their times are of. */
  read(): Promise<ProviderStates>;
}

export interface ProviderStates {
  readonly nowMs: number;
  readonly lanes: readonly NamedLane[];
}
