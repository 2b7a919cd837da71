import { z } from 'zod';

/** What Google says beside status and message, where others use a status or a header of their own. */
export interface GoogleErrorDetails {
  /** Google answers 400 to a bad key, as to a bad request. */
  readonly isKeyRefused: boolean;
  /** Every quota that is used up counts the calls of all models. */
  readonly isProviderWide: boolean;
  readonly retryAfterMs: number | undefined;
}

const text = z.string().optional().catch(undefined);
const quotaSchema = z.object({
  quotaId: text,
  quotaDimensions: z.looseObject({}).optional().catch(undefined),
});
const detailSchema = z.object({
  reason: text,
  retryDelay: text,
  violations: z.array(quotaSchema).optional().catch(undefined),
});
const detailsSchema = z.array(detailSchema.catch({})).catch([]);

/**
 * Reads the `details` of an error, anything else as none. Source: google.rpc.ErrorInfo, RetryInfo and QuotaFailure
 * of Google's error model; its durations are seconds with an "s", its quotas of one model name it.
 */
export function readGoogleErrorDetails(details: unknown): GoogleErrorDetails {
  const entries = detailsSchema.parse(details);
  const seconds = entries
    .map(({ retryDelay = '' }) => /^(\d+(?:\.\d+)?)s$/.exec(retryDelay)?.[1])
    .find((found) => found !== undefined);
  const quotas = entries.flatMap(({ violations = [] }) => violations);
  return {
    isProviderWide: quotas.length > 0 && quotas.every((quota) => !isOfOneModel(quota)),
    isKeyRefused: entries.some(({ reason }) => reason === 'API_KEY_INVALID' || reason === 'API_KEY_EXPIRED'),
    retryAfterMs: seconds === undefined ? undefined : Number(seconds) * 1000,
  };
}

function isOfOneModel({ quotaId = '', quotaDimensions = {} }: z.infer<typeof quotaSchema>): boolean {
  return quotaId === '' || 'model' in quotaDimensions || quotaId.includes('PerModel');
}
