import { CaluteError } from '../../errors.ts';
import type { Refusal } from './lane.ts';

/** Told to those who found no room: calls take seconds. */
const fullRetryMs = 1000;

/** What a client is told whose call was not let in; after a failure of the provider that one, with the time to come back. */
export function toRefusalError(
  host: string,
  { reason, waitMs }: Refusal,
  failure?: CaluteError,
): CaluteError {
  if (failure !== undefined) {
    const { code, message, cause, retryAfterMs = waitMs } = failure;
    return new CaluteError(code, message, { cause, retryAfterMs });
  }
  switch (reason) {
    case 'paused':
      return new CaluteError(
        'rate_limit_exceeded',
        `The model provider at ${host} has asked for a pause; try again later.`,
        { retryAfterMs: waitMs },
      );
    case 'open':
      return new CaluteError(
        'server_is_overloaded',
        `The model provider at ${host} keeps failing and is left alone for now; try again later.`,
        { retryAfterMs: waitMs },
      );
    case 'full':
      return new CaluteError(
        'server_is_overloaded',
        `As many calls as the model provider at ${host} takes are open already; try again later.`,
        { retryAfterMs: fullRetryMs },
      );
  }
}
