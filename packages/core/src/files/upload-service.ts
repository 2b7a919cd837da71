import { createHash } from 'node:crypto';
import { CaluteError } from '../errors.ts';
import { createPartId, createUploadId, type PartId, type TenantId, type UploadId } from '../ids.ts';
import type { ContentBlob } from './catalogue/file-catalogue.ts';
import type { CompleteOutcome, StoredUpload, UploadCatalogue } from './catalogue/upload-catalogue.ts';
import { type FileLimits, type FileRecord, quotaError } from './file-record.ts';
import { checkBatchSize, giveUp, makeFileRecord } from './file-service.ts';
import { readContent } from './read-content.ts';
import type { StagedContent, Staging } from './staging.ts';
import type { FileStore } from './store/file-store.ts';
import {
  checkParts,
  emptyPart,
  notPending,
  partRefused,
  unknownPart,
  uploadNotFound,
} from './upload-faults.ts';
import { type UploadRecord, type UploadStatus, uploadLifeSeconds } from './upload-record.ts';

export type NewUpload = Pick<UploadRecord, 'filename' | 'purpose' | 'mimeType' | 'bytes'> & {
  readonly expiresAfterS?: number | undefined;
};

/** An upload as its tenant sees it. */
export interface Upload {
  readonly record: UploadRecord;
  readonly status: UploadStatus;
  readonly file: FileRecord | undefined;
}

export interface UploadPart {
  readonly id: PartId;
  readonly uploadId: UploadId;
  /** Unix seconds. */
  readonly createdAt: number;
}

export interface Completion {
  readonly partIds: readonly PartId[];
  /** Of the whole content, in hexadecimal. */
  readonly md5?: string | undefined;
}

/**
 * Files that come in parts. An upload of another tenant is `upload_not_found`. Asking again for what is done gives the same
 * answer. Errors: CaluteError, `upload_not_pending` among them.
 */
export interface Uploads {
  create(tenant: TenantId, upload: NewUpload): Promise<Upload>;
  /** The upload, if parts may be added to it: call it before a part is read. */
  getPending(tenant: TenantId, id: UploadId): Promise<UploadRecord>;
  addPart(record: UploadRecord, content: StagedContent): Promise<UploadPart>;
  complete(tenant: TenantId, id: UploadId, completion: Completion): Promise<Upload>;
  cancel(tenant: TenantId, id: UploadId): Promise<Upload>;
}

export interface UploadServiceParts {
  readonly catalogue: UploadCatalogue;
  readonly staging: Staging;
  readonly store: FileStore;
  readonly limits: FileLimits;
  readonly now: () => number;
}

export function createUploadService(parts: UploadServiceParts): Uploads {
  const { catalogue, now } = parts;
  const find = async (tenant: TenantId, id: UploadId): Promise<StoredUpload> => {
    const stored = await catalogue.get({ tenant, id });
    if (stored === undefined) throw uploadNotFound(id);
    return stored;
  };
  return {
    create: (tenant, upload) => createUpload({ tenant, upload }, parts),
    async getPending(tenant, id) {
      const { record, status } = await find(tenant, id);
      if (status !== 'pending') throw notPending(id, status);
      return record;
    },
    addPart: (record, content) => addPart({ record, content }, parts),
    async complete(tenant, id, completion) {
      return completeUpload(await find(tenant, id), { completion, parts, find: () => find(tenant, id) });
    },
    async cancel(tenant, id) {
      const { record, parts: came } = await find(tenant, id);
      const status = await catalogue.end({ tenant, id }, 'cancelled');
      if (status !== 'cancelled') throw notPending(id, status ?? 'expired');
      await parts.staging.clear([...came.values()].map(({ name }) => name));
      return { record, status, file: undefined };
    },
  };

  async function createUpload(
    { tenant, upload }: { readonly tenant: TenantId; readonly upload: NewUpload },
    { limits }: UploadServiceParts,
  ): Promise<Upload> {
    checkBatchSize(upload.purpose, upload.bytes);
    if (upload.bytes > limits.maxFileBytes) {
      const message = `A file may have ${limits.maxFileBytes} bytes at most.`;
      throw new CaluteError('request_too_large', message, { param: 'bytes' });
    }
    const createdAt = Math.floor(now() / 1000);
    const { expiresAfterS, ...fields } = upload;
    const record: UploadRecord = {
      ...fields,
      ...(expiresAfterS !== undefined && { expiresAfterS }),
      id: createUploadId(now()),
      tenant,
      createdAt,
      expiresAt: createdAt + uploadLifeSeconds,
    };
    const outcome = await catalogue.create(record);
    if (outcome !== 'created') throw quotaError(outcome, limits);
    return { record, status: 'pending', file: undefined };
  }
}

async function addPart(
  { record, content }: { readonly record: UploadRecord; readonly content: StagedContent },
  { catalogue, staging, now }: UploadServiceParts,
): Promise<UploadPart> {
  try {
    if (content.bytes === 0) throw emptyPart();
    const id = createPartId(now());
    const outcome = await catalogue.addPart(record, { id, ...content });
    if (outcome === 'given-up') throw await giveUp(staging, content);
    if (outcome !== 'added') throw partRefused(record, outcome);
    return { id, uploadId: record.id, createdAt: Math.floor(now() / 1000) };
  } catch (error) {
    await staging.discard(content);
    throw error;
  }
}

interface Completing {
  readonly completion: Completion;
  readonly parts: UploadServiceParts;
  readonly find: () => Promise<StoredUpload>;
}

async function completeUpload(stored: StoredUpload, completing: Completing): Promise<Upload> {
  const { completion, parts, find } = completing;
  const { record, status } = stored;
  if (status === 'completed') return sameCompletion(stored, completion);
  if (status !== 'pending') throw notPending(record.id, status);
  const blobs = checkParts(stored, completion.partIds);
  await checkMd5(blobs, { bytes: record.bytes, md5: completion.md5, store: parts.store });
  const file = makeFileRecord(record, { bytes: record.bytes, nowMs: parts.now() });
  const outcome = await parts.catalogue.complete(record, completion.partIds, file);
  if (outcome !== 'completed') throw completionRefused(record, outcome, parts.limits);
  const completed = await find();
  const used = new Set(blobs.map(({ name }) => name));
  const unused = [...stored.parts.values()].map(({ name }) => name).filter((name) => !used.has(name));
  await parts.staging.clear(unused);
  // Another request may have been faster.
  return sameCompletion(completed, completion);
}

function sameCompletion(
  { record, status, file, partIds }: StoredUpload,
  { partIds: asked }: Completion,
): Upload {
  if (partIds.join() !== asked.join()) throw notPending(record.id, status);
  return { record, status, file };
}

interface Checked {
  readonly bytes: number;
  readonly md5: string | undefined;
  readonly store: FileStore;
}

async function checkMd5(blobs: readonly ContentBlob[], { bytes, md5, store }: Checked): Promise<void> {
  if (md5 === undefined) return;
  const hash = createHash('md5');
  const content = await readContent({ store, blobs, range: { start: 0, end: bytes } });
  for await (const chunk of content) hash.update(chunk as Buffer); // because content is bytes
  const actual = hash.digest('hex');
  if (actual !== md5.toLowerCase()) {
    const message = `The parts have the MD5 checksum ${actual} and not ${md5}; upload them again.`;
    throw new CaluteError('checksum_mismatch', message, { param: 'md5' });
  }
}

function completionRefused(
  record: UploadRecord,
  outcome: Exclude<CompleteOutcome, 'completed'>,
  limits: FileLimits,
): CaluteError {
  switch (outcome) {
    case 'unknown':
      return uploadNotFound(record.id);
    case 'unknown-part':
      return unknownPart(record.id);
    case 'too-many':
      return quotaError(outcome, limits);
    default:
      return notPending(record.id, outcome);
  }
}
