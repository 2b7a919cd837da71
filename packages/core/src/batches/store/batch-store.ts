import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type BatchId, batchIdSchema, type TenantId } from '../../ids.ts';
import type { Keys } from '../../redis/keys.ts';
import { defineScript } from '../../redis/load-script.ts';
import { orStoreError } from '../../redis/store-error.ts';
import {
  type Batch,
  type BatchRecord,
  type BatchStatus,
  batchRetentionMs,
  batchStatusSchema,
} from '../batch.ts';
import { parseBatch } from './parse-batch.ts';

export interface BatchStoreParts {
  readonly redis: Redis;
  readonly keys: Keys;
}

export type CreateOutcome =
  | { readonly outcome: 'created' | 'duplicate'; readonly id: BatchId }
  | { readonly outcome: 'key-reused' };

export interface BatchPage {
  readonly limit: number;
  /** The batch that the page before ended with. */
  readonly after?: BatchId | undefined;
}

/**
 * The batches of tenants, as those who made them see them. Each change is one atomic step and may be sent twice. A batch of
 * another tenant is none. Errors: CaluteError `store_unavailable`.
 */
export interface BatchStore {
  create(
    record: BatchRecord,
    idempotency?: { readonly keyHash: string; readonly body: string },
  ): Promise<CreateOutcome>;
  get(tenant: TenantId, id: BatchId): Promise<Batch | undefined>;
  /** Newest first. */
  list(
    tenant: TenantId,
    page: BatchPage,
  ): Promise<{ readonly batches: readonly Batch[]; readonly hasMore: boolean }>;
  /** Asks for the end; gives the status then, undefined for no batch. */
  cancel(batch: Pick<BatchRecord, 'id'>, nowS: number): Promise<BatchStatus | undefined>;
  /** How far each write has brought the files, from the write of this index on. */
  readSegments(id: BatchId, from: number): Promise<readonly BatchSegment[]>;
}

/** What one write of results has put behind the output and the error file. */
export interface BatchSegment {
  readonly output: SegmentPart;
  readonly errors: SegmentPart;
}

export interface SegmentPart {
  readonly start: number;
  readonly bytes: number;
  readonly lines: number;
}

const keyKeptMs = 7 * 24 * 3600 * 1000;
const segmentsAtOnce = 1000;

export function createBatchStore({ redis, keys }: BatchStoreParts): BatchStore {
  const create = defineScript(redis, { name: 'create-batch', lua: luaFile('create'), numberOfKeys: 4 });
  const cancel = defineScript(redis, { name: 'cancel-batch', lua: luaFile('cancel'), numberOfKeys: 1 });
  const read = async (id: BatchId) => parseBatch(await orStoreError(redis.hgetall(keys.batch(id))));
  return {
    async create(record, idempotency) {
      const { id, tenant } = record;
      const key = idempotency ? keys.batchIdempotency(tenant, idempotency.keyHash) : keys.batch(id);
      const touched = [keys.batch(id), keys.tenantBatchIndex(tenant), keys.activeBatches, key];
      const args = [id, JSON.stringify(record), idempotency?.body ?? '', keyKeptMs, oldestId(record)];
      const [outcome, found] = createdSchema.parse(await create(touched, args));
      return outcome === 'key-reused' ? { outcome } : { outcome, id: found };
    },
    async get(tenant, id) {
      const batch = await read(id);
      return batch?.record.tenant === tenant ? batch : undefined;
    },
    async list(tenant, { limit, after }) {
      const end = after === undefined ? '+' : `(${after}`;
      const index = keys.tenantBatchIndex(tenant);
      const batches: Batch[] = [];
      for (let from = end; batches.length <= limit; ) {
        const ids = await orStoreError(redis.zrange(index, from, '-', 'BYLEX', 'REV', 'LIMIT', 0, limit + 1));
        const found = await Promise.all(ids.map((id) => read(batchIdSchema.parse(id))));
        batches.push(...found.filter((batch) => batch !== undefined));
        if (ids.length <= limit) break;
        from = `(${ids.at(-1)}`;
      }
      return { batches: batches.slice(0, limit), hasMore: batches.length > limit };
    },
    async cancel({ id }, nowS) {
      return batchStatusSchema.nullable().parse(await cancel([keys.batch(id)], [nowS])) ?? undefined;
    },
    async readSegments(id, from) {
      const texts = await orStoreError(redis.lrange(keys.batchSegments(id), from, from + segmentsAtOnce - 1));
      return texts.map(parseSegment);
    },
  };
}

const createdSchema = z.tuple([z.enum(['created', 'duplicate', 'key-reused']), batchIdSchema]);

/** Batches before this one have gone. Ids begin with the ms of their making, in hexadecimal. */
function oldestId({ createdAt }: BatchRecord): string {
  const longestWindowMs = batchRetentionMs;
  const oldestMs = createdAt * 1000 - longestWindowMs - batchRetentionMs;
  return `batch_${Math.max(0, oldestMs).toString(16).padStart(12, '0')}`;
}

function parseSegment(text: string): BatchSegment {
  const [start = 0, bytes = 0, lines = 0, errorStart = 0, errorBytes = 0, errorLines = 0] = text
    .split(' ')
    .map(Number);
  return {
    output: { start, bytes, lines },
    errors: { start: errorStart, bytes: errorBytes, lines: errorLines },
  };
}

export function luaFile(name: string): URL {
  return new URL(`./lua/${name}.lua`, import.meta.url);
}
