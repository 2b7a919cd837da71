import { within } from '../../async/within.ts';
import { CaluteError } from '../../errors.ts';
import type { ProviderState } from './provider-state.ts';
import type { LaneAnswer, LaneStep } from './step-lanes.ts';

const noAnswer = 'The shared state of the model providers does not answer; calls go out without it.';

/** Takes a step; undefined when the shared state does not answer, and then everything is allowed. */
export type Ask = (step: LaneStep) => Promise<LaneAnswer | undefined>;

export interface AskParts {
  readonly state: ProviderState;
  /** How long an answer is waited for. @defaultValue 250 */
  readonly boundMs?: number;
  /** Told of each step that failed, and once when an outage begins. */
  onError(error: unknown): void;
}

/**
 * Asks the shared state without depending on it. After a step without an answer in time nothing more is asked until that one
 * has come back, so that an outage holds up one call and nothing piles up.
 */
export function askOpenly({ state, boundMs = 250, onError }: AskParts): Ask {
  let isAway = false;
  return async (step) => {
    if (isAway) return undefined;
    let answer: LaneAnswer | undefined;
    const asking = state.step(step).then(
      (given) => {
        answer = given;
      },
      (error: unknown) => onError(error),
    );
    if ((await within(boundMs, asking)) === 'done' || isAway) return answer;
    isAway = true;
    onError(new CaluteError('store_unavailable', noAnswer, { cause: new Error(noAnswer) }));
    void asking.then(() => {
      isAway = false;
    });
    return undefined;
  };
}
