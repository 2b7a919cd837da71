import { z } from 'zod';

export const scopeSchema = z.enum(['infer', 'files', 'batches', 'admin', 'priority']);
export type Scope = z.infer<typeof scopeSchema>;

/** The share of what workers do that a key's runs get beside those of others; absent: 1. */
export const weightSchema = z.number().positive().max(1000);

/** Keys of one group have one share; the name is part of one in Redis. */
export const groupSchema = z.string().regex(/^[\w.-]{1,64}$/);

/** A key as it is stored: never the secret, only its SHA-256. */
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  secretHash: z.string().length(64),
  scopes: z.array(scopeSchema).min(1),
  requestsPerMinute: z.number().int().positive().optional(),
  tokensPerMinute: z.number().int().positive().optional(),
  concurrency: z.number().int().positive().optional(),
  weight: weightSchema.optional(),
  group: groupSchema.optional(),
  createdAtMs: z.number(),
  revokedAtMs: z.number().optional(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;
