import { z } from 'zod';

/** What Google says beside status and message, where others use a status or a header of their own. */
export interface GoogleErrorDetails {
  /** Google answers 400 to a bad key, as to a bad request. */
  readonly isKeyRefused: boolean;
  readonly retryAfterMs: number | undefined;
}

const text = z.string().optional().catch(undefined);
const detailsSchema = z.array(z.object({ reason: text, retryDelay: text }).catch({})).catch([]);

/**
 * Reads the `details` of an error, anything else as none. Source: google.rpc.ErrorInfo and google.rpc.RetryInfo of
 * Google's error model, whose durations are seconds with an "s".
 */
export function readGoogleErrorDetails(details: unknown): GoogleErrorDetails {
  const entries = detailsSchema.parse(details);
  const seconds = entries
    .map(({ retryDelay = '' }) => /^(\d+(?:\.\d+)?)s$/.exec(retryDelay)?.[1])
    .find((found) => found !== undefined);
  return {
    isKeyRefused: entries.some(({ reason }) => reason === 'API_KEY_INVALID' || reason === 'API_KEY_EXPIRED'),
    retryAfterMs: seconds === undefined ? undefined : Number(seconds) * 1000,
  };
}
