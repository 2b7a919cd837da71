import type { Agent } from '@calute/core/agent/agent';
import { CaluteError } from '@calute/core/errors';
import type { Patience } from '@calute/core/models/pacing/patience';
import type { ProviderPaused } from '@calute/core/models/pacing/provider-paused';
import type { Claim } from './claim.ts';

/** Who watches a run sees a delay; a run that nobody watches leaves its slot to others, unless another part of it goes on. */
export function patienceOf({ request, runClass, remainingMs }: Claim, { team }: Agent): Patience {
  const isWatched = runClass !== 'batch' && request.onDisconnect !== 'continue';
  const leaves = !isWatched && (request.chat.n ?? 1) === 1 && team === undefined;
  return { ifPaused: leaves ? 'leave' : 'wait', deadlineMs: Date.now() + remainingMs };
}

/** For what cannot leave its slot, because something was shown that the next attempt could contradict. */
export function toPausedError({ untilMs, cause }: ProviderPaused): CaluteError {
  const retryAfterMs = Math.max(0, untilMs - Date.now());
  const message = 'The model provider takes no calls for a while; try again later.';
  return new CaluteError('rate_limit_exceeded', message, { retryAfterMs, cause });
}
