import type { Redis } from 'ioredis';
import type { FileId, TenantId } from '../../ids.ts';
import type { Keys } from '../../redis/keys.ts';
import { orStoreError } from '../../redis/store-error.ts';
import { type FilePurpose, type FileRecord, isExpired, parseFileRecord } from '../file-record.ts';

/** Which part of a list is asked for. */
export interface FilePage {
  readonly purpose?: FilePurpose | undefined;
  /** By age. */
  readonly order: 'asc' | 'desc';
  /** The file that the one before ended with; it may be gone meanwhile. */
  readonly after?: FileId | undefined;
  readonly limit: number;
}

export interface ListedFiles {
  readonly files: readonly FileRecord[];
  readonly hasMore: boolean;
}

interface ListParts {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly now: () => number;
}

/** Records that are read in one step: few enough not to hold Redis up. */
const recordsAtOnce = 500;

/** Files that are made or go while a list is read are in it or not; no other is missing or twice. */
export function createListFiles({ redis, keys, now }: ListParts) {
  const read = async (tenant: TenantId, ids: readonly string[]): Promise<FileRecord[]> => {
    if (ids.length === 0) return [];
    const texts = await orStoreError(redis.hmget(keys.tenantFiles(tenant), ...ids));
    const records = texts.map(parseFileRecord).filter((record) => record !== undefined);
    return records.filter((record) => !isExpired(record, now()));
  };
  return async (tenant: TenantId, page: FilePage): Promise<ListedFiles> => {
    const index = keys.tenantFileIndex(tenant, page.purpose);
    const files: FileRecord[] = [];
    let after: string | undefined = page.after;
    // One more than asked for tells whether there is more.
    while (files.length <= page.limit) {
      const ids = await orStoreError(listIds(redis, index, { order: page.order, after }));
      files.push(...(await read(tenant, ids)));
      if (ids.length < recordsAtOnce) break;
      after = ids.at(-1);
    }
    return { files: files.slice(0, page.limit), hasMore: files.length > page.limit };
  };
}

interface IdRange {
  readonly order: 'asc' | 'desc';
  readonly after: string | undefined;
}

/** All scores are the same, so that the set is in the order of the ids. */
function listIds(redis: Redis, index: string, { order, after }: IdRange): Promise<string[]> {
  return order === 'asc'
    ? redis.zrange(index, after === undefined ? '-' : `(${after}`, '+', 'BYLEX', 'LIMIT', 0, recordsAtOnce)
    : redis.zrange(
        index,
        after === undefined ? '+' : `(${after}`,
        '-',
        'BYLEX',
        'REV',
        'LIMIT',
        0,
        recordsAtOnce,
      );
}
