import { z } from 'zod';
import { CaluteError } from '../errors.ts';
import { fileIdSchema, type TenantId } from '../ids.ts';

/** What clients may say that a file is for; OpenAI's names. */
const inputPurposes = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'] as const;
export const inputPurposeSchema = z.enum(inputPurposes);

/** Those, and what this server writes itself. */
export const filePurposeSchema = z.enum([...inputPurposes, 'batch_output']);
export type FilePurpose = z.infer<typeof filePurposeSchema>;

/** What is kept of a file beside its content. Times are Unix seconds. */
export const fileRecordSchema = z.object({
  id: fileIdSchema,
  filename: z.string(),
  purpose: filePurposeSchema,
  bytes: z.number().int().nonnegative(),
  createdAt: z.number().int(),
  expiresAt: z.number().int().optional(),
});
export type FileRecord = z.infer<typeof fileRecordSchema>;

/** What the maker of a file decides about it. */
export interface NewFile {
  readonly filename: string;
  readonly purpose: FilePurpose;
  /** Seconds after its making. @defaultValue 30 days for `batch`, else never */
  readonly expiresAfterS?: number | undefined;
}

/** How much a tenant may keep. */
export interface FileLimits {
  /** Of one file. */
  readonly maxFileBytes: number;
  /** Of all files of a tenant, those on their way included. */
  readonly quotaBytes: number;
  readonly quotaFiles: number;
}

/** What a tenant is told that has no bytes or no files left. */
export function quotaError(reason: 'full' | 'too-many', { quotaBytes, quotaFiles }: FileLimits): CaluteError {
  const used = reason === 'full' ? `the ${quotaBytes} bytes` : `the ${quotaFiles} files`;
  return new CaluteError(
    'insufficient_quota',
    `This key has used up ${used} that it may keep; delete some with DELETE /v1/files/{file_id}.`,
  );
}

/** OpenAI's bound of the input of a batch. */
export const maxBatchFileBytes = 200 * 1024 * 1024;

/** OpenAI's bounds and default. */
export const expirySeconds = { min: 3600, max: 2_592_000, batch: 2_592_000 } as const;

/** When a file that is made now goes, in Unix seconds; undefined for one that stays. */
export function expiryOf({ purpose, expiresAfterS }: NewFile, createdAt: number): number | undefined {
  if (expiresAfterS !== undefined) return createdAt + expiresAfterS;
  return purpose === 'batch' ? createdAt + expirySeconds.batch : undefined;
}

/** A record as it is stored; undefined where there is none. */
export function parseFileRecord(text: string | null | undefined): FileRecord | undefined {
  return typeof text === 'string' ? fileRecordSchema.parse(JSON.parse(text)) : undefined;
}

export function isExpired({ expiresAt }: FileRecord, nowMs: number): boolean {
  return expiresAt !== undefined && expiresAt * 1000 <= nowMs;
}

/** A member of a sorted set that all tenants share. */
export function ownedMember(tenant: TenantId, id: string): string {
  return `${tenant} ${id}`;
}

export function splitOwnedMember(member: string): readonly [tenant: string, id: string] {
  const [tenant = '', id = ''] = member.split(' ');
  return [tenant, id];
}
