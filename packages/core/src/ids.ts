import { randomBytes } from 'node:crypto';
import { z } from 'zod';

/** The id of a run: completion id (`chatcmpl-…`), BullMQ job id and part of its Redis keys. */
export const runIdSchema = z
  .string()
  .regex(/^chatcmpl-[A-Za-z0-9_-]{1,64}$/)
  .brand('RunId');
export type RunId = z.infer<typeof runIdSchema>;

/** Whose run, file or batch it is: the id of the API key, `env` for CALUTE_API_KEY, `local` while no key exists. */
export const tenantIdSchema = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .brand('TenantId');
export type TenantId = z.infer<typeof tenantIdSchema>;

/**
 * A new id: the second of its making in hexadecimal, so that one who asks for an expired run can be told so, then 144
 * random bits: unguessable, though the tenant is checked as well.
 */
export function createRunId(nowMs: number): RunId {
  const second = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(timeDigits, '0');
  return runIdSchema.parse(`chatcmpl-${second}${randomBytes(18).toString('base64url')}`);
}

/** When the id was made, in Unix ms; undefined for an id that `createRunId` did not make. */
export function readRunTime(runId: RunId): number | undefined {
  const digits = /^chatcmpl-([0-9a-f]{8})[\w-]{24}$/.exec(runId)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16) * 1000;
}

/** Enough until the year 2106. */
const timeDigits = 8;
