import { z } from 'zod';

/** `viewer` looks at the console, `admin` also changes things there, and with `content` it shows prompts and answers. */
export const scopeSchema = z.enum(['infer', 'files', 'batches', 'admin', 'priority', 'viewer', 'content']);
export type Scope = z.infer<typeof scopeSchema>;

/** The share of what workers do that a key's runs get beside those of others; absent: 1. With less, one run counts so much that no others can be told apart. */
export const weightSchema = z.number().min(0.001).max(1000);

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
  /** How long its responses and stored completions are kept. */
  retentionSeconds: z.number().int().positive().optional(),
  weight: weightSchema.optional(),
  group: groupSchema.optional(),
  createdAtMs: z.number(),
  revokedAtMs: z.number().optional(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;
