import type { Readable } from 'node:stream';
import { CaluteError } from '../errors.ts';
import { createFileId, type FileId, type TenantId } from '../ids.ts';
import type { FileCatalogue, OwnedFile } from './catalogue/file-catalogue.ts';
import type { FilePage, ListedFiles } from './catalogue/list-files.ts';
import {
  expiryOf,
  type FileLimits,
  type FileRecord,
  maxBatchFileBytes,
  type NewFile,
  quotaError,
} from './file-record.ts';
import { readContent } from './read-content.ts';
import type { StagedContent, Staging } from './staging.ts';
import type { ByteRange, FileStore } from './store/file-store.ts';

/**
 * The files of tenants. A file of another tenant, an expired one and one that never was are all `file_not_found`. Other errors:
 * CaluteError `store_unavailable` and those of the file store.
 */
export interface Files {
  /** Makes a file of content that was staged, for its tenant; throws `invalid_request`, `request_too_large`, `insufficient_quota`. */
  create(content: StagedContent, file: NewFile): Promise<FileRecord>;
  get(tenant: TenantId, id: FileId): Promise<FileRecord>;
  list(tenant: TenantId, page: FilePage): Promise<ListedFiles>;
  /** Resolves once the first bytes are there, so that until then a failure can still be told. */
  read(record: FileRecord, range: ByteRange, signal?: AbortSignal): Promise<Readable>;
  /** Removes record and content. */
  remove(tenant: TenantId, id: FileId): Promise<void>;
}

export interface FileServiceParts {
  readonly catalogue: FileCatalogue;
  readonly staging: Staging;
  readonly store: FileStore;
  readonly limits: FileLimits;
  readonly now: () => number;
}

export function createFileService({ catalogue, staging, store, limits, now }: FileServiceParts): Files {
  return {
    async create(content, file) {
      try {
        checkContent(file, content.bytes);
        const record = makeFileRecord(file, { bytes: content.bytes, nowMs: now() });
        const outcome = await catalogue.add(record, content.blob);
        if (outcome === 'too-many') throw quotaError(outcome, limits);
        if (outcome === 'given-up') throw await giveUp(staging, content);
        return record;
      } catch (error) {
        // Whether it was added is not known then; what belongs to a file by now is not taken back.
        await staging.discard(content);
        throw error;
      }
    },
    async get(tenant, id) {
      const record = await catalogue.get({ tenant, id });
      if (record === undefined) throw fileNotFound(id);
      return record;
    },
    list: (tenant, page) => catalogue.list(tenant, page),
    async read({ id }, range, signal) {
      return readContent({ store, blobs: await catalogue.readContent(id), range, signal });
    },
    async remove(tenant, id) {
      const file: OwnedFile = { tenant, id };
      if ((await catalogue.get(file)) === undefined) throw fileNotFound(id);
      await staging.clear((await catalogue.remove(file)) ?? []);
    },
  };
}

/** The record of a file that is made now. */
export function makeFileRecord(
  file: NewFile,
  { bytes, nowMs }: { readonly bytes: number; readonly nowMs: number },
): FileRecord {
  const createdAt = Math.floor(nowMs / 1000);
  const expiresAt = expiryOf(file, createdAt);
  const { filename, purpose } = file;
  const record = { id: createFileId(nowMs), filename, purpose, bytes, createdAt };
  return expiresAt === undefined ? record : { ...record, expiresAt };
}

function checkContent({ purpose }: NewFile, bytes: number): void {
  if (bytes === 0) {
    throw new CaluteError('invalid_request', 'The file is empty; send one with content.', { param: 'file' });
  }
  checkBatchSize(purpose, bytes);
}

/** Throws `request_too_large`. */
export function checkBatchSize(purpose: NewFile['purpose'], bytes: number): void {
  if (purpose !== 'batch' || bytes <= maxBatchFileBytes) return;
  const message = `The file of a batch may have ${maxBatchFileBytes} bytes at most and this one has ${bytes}; make several batches of it.`;
  throw new CaluteError('request_too_large', message, { param: 'file' });
}

/** The sweep has taken the writer for dead, and may have looked for its blob before that was there. */
export async function giveUp(staging: Staging, { blob }: StagedContent): Promise<CaluteError> {
  await staging.clear([blob.name]);
  return new CaluteError('invalid_request', 'The upload took too long; send it again, in smaller parts.');
}

function fileNotFound(id: FileId): CaluteError {
  return new CaluteError('file_not_found', `No such file: ${id}.`, { param: 'file_id' });
}
