import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { connectTestRedis, randomPrefix } from '../../../../../tests/support/test-redis.ts';
import { tenantIdSchema } from '../../ids.ts';
import { createLogger } from '../../logging/logger.ts';
import { createKeys } from '../../redis/keys.ts';
import type { FileLimits, FileRecord, NewFile } from '../file-record.ts';
import { connectFiles, type FileServices } from '../open-files.ts';
import { createDiskFileStore } from '../store/disk-file-store.ts';
import type { FileStore } from '../store/file-store.ts';

const limits: FileLimits = { maxFileBytes: 1000, quotaBytes: 5000, quotaFiles: 600 };

export const tenant = tenantIdSchema.parse('one');

export interface OpenTestFilesOptions {
  readonly limits?: Partial<FileLimits>;
  /** Puts faults into the store. */
  readonly wrapStore?: (store: FileStore) => FileStore;
}

/** The file services on the tests' Redis and a folder of their own; call it inside a test. */
export async function openTestFiles({ limits: given, wrapStore }: OpenTestFilesOptions = {}) {
  const { disk, countBlobs } = await openFolder();
  const redis = connectTestRedis();
  const keys = createKeys(randomPrefix());
  const clock = { nowMs: Date.now() };
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ role: 'test', level: 'info', destination });
  const store = wrapStore?.(disk) ?? disk;
  const bounds = { ...limits, ...given };
  const services = connectFiles({ redis, keys, store, logger, limits: bounds, now: () => clock.nowMs });
  return {
    ...services,
    ...{ redis, keys, clock, lines, store, countBlobs },
    ...makeFiles(services, bounds.maxFileBytes),
    /** What the tenant is charged for. */
    async usage() {
      const fields = ['bytes', 'reserved', 'files'];
      const [bytes, reserved, files] = await redis.hmget(keys.tenantFileUsage(tenant), ...fields);
      return { bytes: Number(bytes), reserved: Number(reserved), files: Number(files) };
    },
    /** Redis's clock cannot be set: everything that has a time is due this much earlier. */
    async age(ms: number): Promise<void> {
      clock.nowMs += ms;
      for (const key of [keys.fileExpiry, keys.uploadExpiry, keys.stagedBlobs]) {
        for (const member of await redis.zrange(key, '0', '-1')) await redis.zincrby(key, -ms, member);
      }
    },
  };
}

async function openFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'calute-files-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const disk = createDiskFileStore(folder);
  await disk.identify();
  /** How many blobs stand in the folder, half ones included. */
  const countBlobs = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && entry.name !== 'store-id').length;
  };
  return { disk, countBlobs };
}

function makeFiles({ files, staging }: FileServices, maxBytes: number) {
  /** `reserveBytes` as for a file; 0 as for a part of an upload. */
  const stage = (text: string, owner = tenant, reserveBytes = Buffer.byteLength(text)) =>
    staging.stage({
      tenant: owner,
      source: Readable.from([Buffer.from(text)]),
      maxBytes,
      reserveBytes,
      signal: new AbortController().signal,
    });
  return {
    stage,
    async make(text: string, file: Partial<NewFile> = {}, owner = tenant): Promise<FileRecord> {
      return await files.create(await stage(text, owner), {
        filename: 'a.txt',
        purpose: 'user_data',
        ...file,
      });
    },
    async read(record: FileRecord): Promise<string> {
      return String(await buffer(await files.read(record, { start: 0, end: record.bytes })));
    },
  };
}
