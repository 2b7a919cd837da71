import { returnableFields } from '@calute/core/models/openai/dialect';
import { z } from 'zod';

export const maxTokensFields = ['max_tokens', 'max_completion_tokens'] as const;

export const headersSchema = z.record(
  z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, 'expected the name of a header'),
  z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'expected a text of one line'),
  { error: 'expected a JSON object of header names and values' },
);

/** What the file of `MODEL_PROVIDERS` says of one provider. Strict, so that a misspelt field is named rather than ignored. */
export const providerSettingsSchema = z.strictObject({
  /** Ends in the part before `/chat/completions`, most often `/v1`. */
  baseUrl: z.url({ protocol: /^https?$/, error: 'expected an http(s) URL' }),
  apiKey: z.string().min(1).optional(),
  headers: headersSchema.optional(),
  enforcesFormat: z.boolean().optional(),
  streamOptions: z.boolean().optional(),
  maxTokensField: z.enum(maxTokensFields).optional(),
  /** Fields of its earlier answers that it takes back. */
  returns: z.array(z.enum(returnableFields)).optional(),
  /** What becomes of system messages behind the first turn. */
  lateSystem: z.enum(['system', 'user']).optional(),
  extraSampling: z.boolean().optional(),
  /** Calls that may be open at once, over all workers. */
  maxConcurrency: z.number().int().positive().optional(),
});
export type ProviderSettings = z.infer<typeof providerSettingsSchema>;
