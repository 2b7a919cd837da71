import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type FileId, fileIdSchema, type TenantId, tenantIdSchema } from '../../ids.ts';
import type { Keys } from '../../redis/keys.ts';
import { defineScript } from '../../redis/load-script.ts';
import { orStoreError } from '../../redis/store-error.ts';
import {
  type FilePurpose,
  type FileRecord,
  isExpired,
  ownedMember,
  parseFileRecord,
  splitOwnedMember,
} from '../file-record.ts';
import { type BlobName, blobNameSchema } from '../store/file-store.ts';
import type { CatalogueParts, StagedBlob } from './blob-ledger.ts';
import { createListFiles, type FilePage, type ListedFiles } from './list-files.ts';

/** One piece of a file's content. */
export interface ContentBlob {
  readonly name: BlobName;
  readonly bytes: number;
}

export interface OwnedFile {
  readonly tenant: TenantId;
  readonly id: FileId;
}

/**
 * The records of files, each its tenant's alone. Each change is one atomic step; a file is there with its content or not at
 * all. Files that have expired are not found. Errors: CaluteError `store_unavailable`.
 */
export interface FileCatalogue {
  /** `given-up`: the blob was not staged, or for too long. `too-many`: the tenant has as many files as it may have. */
  add(record: FileRecord, blob: StagedBlob): Promise<'added' | 'given-up' | 'too-many'>;
  get(file: OwnedFile): Promise<FileRecord | undefined>;
  list(tenant: TenantId, page: FilePage): Promise<ListedFiles>;
  /** The pieces of the content, in order. */
  readContent(id: FileId): Promise<readonly ContentBlob[]>;
  /** Gives the blobs that are to be removed from the store now; undefined when there is no such file. */
  remove(file: OwnedFile, when?: 'only-expired'): Promise<readonly BlobName[] | undefined>;
  listExpired(limit: number): Promise<readonly OwnedFile[]>;
}

const addReplySchema = z.enum(['added', 'given-up', 'too-many']);

export function createFileCatalogue(parts: CatalogueParts & { readonly now: () => number }): FileCatalogue {
  const { redis, keys, limits, now } = parts;
  const add = defineScript(redis, { name: 'add-file', lua: luaFile('add-file'), numberOfKeys: 7 });
  const remove = createRemove(redis, keys);
  const find = async ({ tenant, id }: OwnedFile) =>
    parseFileRecord(await orStoreError(redis.hget(keys.tenantFiles(tenant), id)));
  return {
    async add(record, { tenant, name }) {
      const { id, bytes, expiresAt } = record;
      const touched = [
        keys.tenantFileUsage(tenant),
        keys.stagedBlobs,
        ...fileKeys(keys, { tenant, id, purpose: record.purpose }),
      ];
      const owned = ownedMember(tenant, id);
      const expiresMs = expiresAt === undefined ? '' : expiresAt * 1000;
      const blob = [name, ownedMember(tenant, name)];
      const added = [id, JSON.stringify(record), bytes, limits.quotaFiles, owned, expiresMs];
      return addReplySchema.parse(await add(touched, [...blob, ...added]));
    },
    async get(file) {
      const record = await find(file);
      return record && isExpired(record, now()) ? undefined : record;
    },
    list: createListFiles({ redis, keys, now }),
    async readContent(id) {
      return (await orStoreError(redis.lrange(keys.fileBlobs(id), 0, -1))).map(parseContentBlob);
    },
    async remove(file, when) {
      // The purpose of a file never changes. Without a record, what is left of one goes.
      const purpose = (await find(file))?.purpose ?? 'batch';
      return await remove(file, { purpose, when });
    },
    async listExpired(limit) {
      const due = redis.zrange(keys.fileExpiry, '-inf', `${now()}`, 'BYSCORE', 'LIMIT', 0, limit);
      return (await orStoreError(due)).map((member) => {
        const [tenant, id] = splitOwnedMember(member);
        return { tenant: tenantIdSchema.parse(tenant), id: fileIdSchema.parse(id) };
      });
    },
  };
}

function createRemove(redis: Redis, keys: Keys) {
  const script = defineScript(redis, { name: 'remove-file', lua: luaFile('remove-file'), numberOfKeys: 7 });
  const replySchema = z.array(blobNameSchema).nullable();
  return async (
    { tenant, id }: OwnedFile,
    { purpose, when }: { readonly purpose: FilePurpose; readonly when: 'only-expired' | undefined },
  ) => {
    const [files = '', index = '', ofPurpose = '', blobs = '', expiry = ''] = fileKeys(keys, {
      tenant,
      id,
      purpose,
    });
    const touched = [files, index, ofPurpose, keys.tenantFileUsage(tenant), blobs, expiry, keys.doomedBlobs];
    const onlyExpired = when === 'only-expired' ? '1' : '';
    return replySchema.parse(await script(touched, [id, ownedMember(tenant, id), onlyExpired])) ?? undefined;
  };
}

/** The keys that hold a file, in the order in which the scripts take them. */
export function fileKeys(
  keys: Keys,
  { tenant, id, purpose }: OwnedFile & { readonly purpose: FilePurpose },
): readonly string[] {
  return [
    keys.tenantFiles(tenant),
    keys.tenantFileIndex(tenant),
    keys.tenantFileIndex(tenant, purpose),
    keys.fileBlobs(id),
    keys.fileExpiry,
  ];
}

/** Content is kept as `BYTES NAME`. */
export function parseContentBlob(text: string): ContentBlob {
  const [bytes, name] = text.split(' ');
  return { bytes: Number(bytes), name: blobNameSchema.parse(name) };
}

function luaFile(name: string): URL {
  return new URL(`./lua/${name}.lua`, import.meta.url);
}
