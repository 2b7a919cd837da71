import { randomBytes, randomFillSync } from 'node:crypto';
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
 * A new id: the second of its making in hexadecimal, so that one who asks for an expired run can be told so; the mark of its
 * partition, where there are several; then 144 random bits: unguessable, though the tenant is checked as well.
 */
export function createRunId(
  nowMs: number,
  takeRandom: TakeRandom = takeSystemRandom,
  mark: PartitionMark = '',
): RunId {
  const second = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(timeDigits, '0');
  return `chatcmpl-${second}${mark}${takeRandom()}` as RunId; // because it is of that alphabet and length
}

/** Two characters that say in a run's id which partition the run is in; empty where there is one. */
export type PartitionMark = string;

/** The mark in an id; undefined for one that has none. */
export function readMark(runId: RunId): PartitionMark | undefined {
  return runId.length === markedLength ? /^chatcmpl-[0-9a-f]{8}([0-9a-z]{2})/.exec(runId)?.[1] : undefined;
}

const markedLength = 'chatcmpl-'.length + 8 + 2 + 24;

/** The id of a file. Ids sort by the time of their making, which is what lists go by. */
export const fileIdSchema = z
  .string()
  .regex(/^file-[A-Za-z0-9]{1,64}$/)
  .brand('FileId');
export type FileId = z.infer<typeof fileIdSchema>;

/** The id of an upload: a file that comes in parts. */
export const uploadIdSchema = z
  .string()
  .regex(/^upload_[A-Za-z0-9]{1,64}$/)
  .brand('UploadId');
export type UploadId = z.infer<typeof uploadIdSchema>;

/** The id of a part of an upload. */
export const partIdSchema = z
  .string()
  .regex(/^part_[A-Za-z0-9]{1,64}$/)
  .brand('PartId');
export type PartId = z.infer<typeof partIdSchema>;

/** The id of a batch. Ids sort by the time of their making. */
export const batchIdSchema = z
  .string()
  .regex(/^batch_[A-Za-z0-9]{1,64}$/)
  .brand('BatchId');
export type BatchId = z.infer<typeof batchIdSchema>;

export function createBatchId(nowMs: number): BatchId {
  return batchIdSchema.parse(`batch_${createSortable(nowMs)}`);
}

export function createFileId(nowMs: number): FileId {
  return fileIdSchema.parse(`file-${createSortable(nowMs)}`);
}

export function createUploadId(nowMs: number): UploadId {
  return uploadIdSchema.parse(`upload_${createSortable(nowMs)}`);
}

export function createPartId(nowMs: number): PartId {
  return partIdSchema.parse(`part_${createSortable(nowMs)}`);
}

/** The millisecond in hexadecimal, enough until the year 10889, and 128 random bits. */
function createSortable(nowMs: number): string {
  return nowMs.toString(16).padStart(12, '0') + randomBytes(16).toString('hex');
}

/** Gives 144 random bits, never the same twice, in base64url. */
export type TakeRandom = () => string;

const bytesPerId = 18;
const takeSystemRandom: TakeRandom = () => randomBytes(bytesPerId).toString('base64url');

/** Takes the bytes of many ids from the system at once: one by one they took 3 % of an API under load. */
export function createRandomPool(ids = 256): TakeRandom {
  const bytes = Buffer.alloc(bytesPerId * ids);
  let next = bytes.length;
  return () => {
    if (next === bytes.length) {
      randomFillSync(bytes);
      next = 0;
    }
    next += bytesPerId;
    return bytes.toString('base64url', next - bytesPerId, next);
  };
}

/** When the id was made, in Unix ms; undefined for an id that `createRunId` did not make. */
export function readRunTime(runId: RunId): number | undefined {
  const digits = /^chatcmpl-([0-9a-f]{8})(?:[0-9a-z]{2})?[\w-]{24}$/.exec(runId)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16) * 1000;
}

/** Enough until the year 2106. */
const timeDigits = 8;
