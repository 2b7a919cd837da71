import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type TenantId, tenantIdSchema } from '../../ids.ts';
import type { Keys } from '../../redis/keys.ts';
import { defineScript } from '../../redis/load-script.ts';
import { orStoreError } from '../../redis/store-error.ts';
import { type FileLimits, ownedMember, splitOwnedMember } from '../file-record.ts';
import { type BlobName, blobNameSchema } from '../store/file-store.ts';

/** A blob that is being written, or is written and belongs to nothing yet. */
export interface StagedBlob {
  readonly tenant: TenantId;
  readonly name: BlobName;
}

export type Reservation =
  | { readonly outcome: 'reserved'; readonly bytes: number }
  /** No bytes are left of the quota, or no files. */
  | { readonly outcome: 'full' | 'too-many' };

/**
 * Knows every blob that stands in the store and belongs to no file, so that none is forgotten there, whatever dies when.
 * Each method is atomic. Errors: CaluteError `store_unavailable`.
 */
export interface BlobLedger {
  /** Notes a blob before it is written and sets at most `wanted` bytes of the quota aside; 0 wants none. */
  reserve(blob: StagedBlob, wanted: number): Promise<Reservation>;
  /** Gives a staged blob up: true when it is to be removed, false when it is not staged, as one that belongs to a file. */
  release(blob: StagedBlob): Promise<boolean>;
  /** Staged blobs whose writer has taken too long, so that it must be dead. */
  listAbandoned(limit: number): Promise<readonly StagedBlob[]>;
  /** What is to be removed from the store, oldest first. */
  listDoomed(limit: number): Promise<readonly BlobName[]>;
  /** Call it when these are removed from the store. */
  forget(names: readonly BlobName[]): Promise<void>;
}

/** Longer than a write may take. */
const abandonedMs = 2 * 60 * 60 * 1000;

const reservationSchema = z.tuple([z.enum(['reserved', 'full', 'too-many']), z.number()]);

export interface CatalogueParts {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly limits: FileLimits;
}

export function createBlobLedger({ redis, keys, limits }: CatalogueParts): BlobLedger {
  const reserve = defineScript(redis, { name: 'reserve-blob', lua: luaFile('reserve'), numberOfKeys: 2 });
  const release = defineScript(redis, { name: 'release-blob', lua: luaFile('release'), numberOfKeys: 3 });
  return {
    async reserve({ tenant, name }, wanted) {
      const reply = await reserve(
        [keys.tenantFileUsage(tenant), keys.stagedBlobs],
        [name, ownedMember(tenant, name), wanted, limits.quotaBytes, limits.quotaFiles, abandonedMs],
      );
      const [outcome, bytes] = reservationSchema.parse(reply);
      return outcome === 'reserved' ? { outcome, bytes } : { outcome };
    },
    async release({ tenant, name }) {
      const touched = [keys.tenantFileUsage(tenant), keys.stagedBlobs, keys.doomedBlobs];
      return (await release(touched, [name, ownedMember(tenant, name)])) === 1;
    },
    async listAbandoned(limit) {
      const [seconds = '0'] = await orStoreError(redis.time());
      const nowMs = Number(seconds) * 1000;
      const due = redis.zrange(keys.stagedBlobs, '-inf', `${nowMs}`, 'BYSCORE', 'LIMIT', 0, limit);
      return (await orStoreError(due)).map((member) => {
        const [tenant, name] = splitOwnedMember(member);
        return { tenant: tenantIdSchema.parse(tenant), name: blobNameSchema.parse(name) };
      });
    },
    async listDoomed(limit) {
      const names = await orStoreError(redis.zrange(keys.doomedBlobs, '0', `${limit - 1}`));
      return names.map((name) => blobNameSchema.parse(name));
    },
    async forget(names) {
      if (names.length > 0) await orStoreError(redis.zrem(keys.doomedBlobs, ...names));
    },
  };
}

function luaFile(name: string): URL {
  return new URL(`./lua/${name}.lua`, import.meta.url);
}
