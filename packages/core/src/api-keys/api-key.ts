import { z } from 'zod';

export const scopeSchema = z.enum(['infer', 'files', 'batches', 'admin', 'priority']);
export type Scope = z.infer<typeof scopeSchema>;

/** A key as it is stored: never the secret, only its SHA-256. */
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  secretHash: z.string().length(64),
  scopes: z.array(scopeSchema).min(1),
  requestsPerMinute: z.number().int().positive().optional(),
  tokensPerMinute: z.number().int().positive().optional(),
  concurrency: z.number().int().positive().optional(),
  /** How long its responses and stored completions are kept. */
  retentionSeconds: z.number().int().positive().optional(),
  createdAtMs: z.number(),
  revokedAtMs: z.number().optional(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;
