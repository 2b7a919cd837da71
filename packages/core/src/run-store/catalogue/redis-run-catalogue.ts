import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type RunId, runIdSchema, type TenantId, tenantIdSchema } from '../../ids.ts';
import type { Keys } from '../../redis/keys.ts';
import { defineScript } from '../../redis/load-script.ts';
import { orStoreError } from '../../redis/store-error.ts';
import { runRequestSchema } from '../../runs/run-request.ts';
import { hashKey } from '../accept/hash-key.ts';
import type { RunCatalogue, RunDescription, RunList, RunPage, RunPlace } from './run-catalogue.ts';

/** Entries of a list that one script looks at: it holds up everybody else. */
const looksAtOnce = 1000;
/** Entries that one call of `list` looks at; what is behind them is another page. */
const mostLooks = 50_000;

/** The catalogue on the records that the run store writes. */
export function createRedisRunCatalogue(redis: Redis, keys: Keys): RunCatalogue {
  const lua = (name: string) => defineScript(redis, { name, lua: new URL(`./${name}.lua`, import.meta.url) });
  const [list, touch, describe, remove] = [lua('list'), lua('touch'), lua('describe'), lua('remove')];
  const both = (runId: RunId) => [keys.run(runId), keys.log(runId)];
  const find = (runIds: readonly RunId[]) =>
    Promise.all(runIds.map((runId) => findOne(redis, { key: keys.run(runId), runId })));
  return {
    find,
    async list(page) {
      const ids = await walk(page, (args) => list([listOf(keys, page)], [keys.runs, ...args]));
      if (ids === undefined) return undefined;
      const runs = (await find(ids.slice(0, page.limit))).filter((run) => run !== undefined);
      return { runs, hasMore: ids.length > page.limit } satisfies RunList;
    },
    touch: async (runIds) => void (runIds.length > 0 && (await touch(runIds.flatMap(both), []))),
    describe: async (runId, tenant, metadata) =>
      describedSchema.parse(await describe([keys.run(runId)], [tenant, JSON.stringify(metadata)])),
    remove: async (runId, tenant) => {
      const lists = [keys.listedRuns, keys.tenantKept(tenant, 'chat'), keys.tenantKept(tenant, 'response')];
      return removedSchema.parse(await remove([...both(runId), ...lists], [runId, tenant]));
    },
    async ownerOf(tenant: TenantId, idempotencyKey: string) {
      const name = keys.idempotency(tenant, hashKey(idempotencyKey));
      const owner = await orStoreError(redis.hget(name, 'run'));
      return owner === null ? undefined : runIdSchema.parse(owner);
    },
  };
}

const describedSchema = z.enum(['done', 'unknown']);
const removedSchema = z.enum(['removed', 'live', 'unknown']);

function listOf(keys: Keys, { kept }: RunPage): string {
  return kept === undefined ? keys.listedRuns : keys.tenantKept(kept.tenant, kept.as);
}

/** As the script takes it: what stands before it is counted. */
function toPlace({ createdMs, withEqual }: RunPlace): string {
  return withEqual ? `@${createdMs}` : `@(${createdMs}`;
}

type Look = (args: readonly (string | number)[]) => Promise<unknown>;

/** The ids of a page, and of one run more if there is one. */
async function walk({ filter, order, limit, after }: RunPage, look: Look): Promise<RunId[] | undefined> {
  const { tenant = '', agent = '', end = '', metadata } = filter;
  const wanted = metadata === undefined ? '' : JSON.stringify(metadata);
  const found: RunId[] = [];
  let from: string = typeof after === 'object' ? toPlace(after) : (after ?? '');
  for (let looked = 0; looked < mostLooks; looked += looksAtOnce) {
    const args = [order, from, limit + 1 - found.length, looksAtOnce, tenant, agent, end, wanted];
    const reply = z.array(z.string()).parse(await look(args));
    const stopped = reply.pop() ?? '';
    if (stopped === '?') return undefined;
    found.push(...reply.map((id) => runIdSchema.parse(id)));
    if (stopped === '' || found.length > limit) break;
    from = stopped === '^' ? '' : stopped;
  }
  return found;
}

const recordSchema = z.tuple([
  tenantIdSchema,
  z.coerce.number(),
  z.coerce.number(),
  z.string().transform((text) => runRequestSchema.parse(JSON.parse(text))),
  z.string().nullable(),
  z.coerce.number(),
  z.coerce.number(),
  z.string().nullable(),
  z.string().nullable(),
]);

async function findOne(
  redis: Redis,
  { key, runId }: { readonly key: string; readonly runId: RunId },
): Promise<RunDescription | undefined> {
  const names = ['tenant', 'created', 'deadline', 'request', 'end', 'epoch', 'seq', 'retention', 'metadata'];
  const fields = await orStoreError(redis.hmget(key, ...names));
  if (fields[0] === null) return undefined;
  const [tenant, createdMs, deadlineMs, request, end, epoch, lastSeq, retention, metadata] =
    recordSchema.parse(fields);
  return {
    runId,
    tenant,
    createdMs,
    deadlineMs,
    agent: request.chat.model,
    request,
    state: end !== null ? 'ended' : epoch > 0 ? 'running' : 'waiting',
    lastSeq,
    isKept: retention !== null,
    metadata: metadata === null ? (request.chat.metadata ?? {}) : metadataSchema.parse(JSON.parse(metadata)),
  };
}

const metadataSchema = z.record(z.string(), z.string());
