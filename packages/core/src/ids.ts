import { randomBytes } from 'node:crypto';
import { z } from 'zod';

/** The id of a run: completion id (`chatcmpl-…`), BullMQ job id and part of its Redis keys. */
export const runIdSchema = z.string().regex(/^chatcmpl-[A-Za-z0-9_-]{1,64}$/).brand('RunId');
export type RunId = z.infer<typeof runIdSchema>;

/** Whose run, file or batch it is: the id of the API key, `env` for CALUTE_API_KEY, `local` while no key exists. */
export const tenantIdSchema = z.string().regex(/^[\w-]{1,64}$/).brand('TenantId');
export type TenantId = z.infer<typeof tenantIdSchema>;

/** 144 random bits: unguessable, though the tenant is checked as well. */
export function createRunId(): RunId {
  return runIdSchema.parse(`chatcmpl-${randomBytes(18).toString('base64url')}`);
}
