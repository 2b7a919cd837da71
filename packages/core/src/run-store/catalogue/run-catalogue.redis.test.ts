import { expect, it } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import { type RunId, tenantIdSchema } from '../../ids.ts';
import type { NewRun } from '../run-log.ts';
import { createRedisRunCatalogue } from './redis-run-catalogue.ts';

const [ada, bob] = [tenantIdSchema.parse('ada'), tenantIdSchema.parse('bob')];
const keep = { as: 'chat' as const, retentionMs: 60_000, atMost: 3 };

function open(retentionMs = 60_000) {
  const store = openTestRunStore({ retentionMs });
  const catalogue = createRedisRunCatalogue(store.redis, store.keys);
  const accept = async (overrides: Partial<NewRun> = {}): Promise<RunId> => {
    const run = newRun('reply', { tenant: ada, ...overrides });
    await store.log.accept(run);
    return run.id;
  };
  const end = (runId: RunId) => store.log.end(runId, { reason: 'cancelled', by: 'client' });
  return { ...store, catalogue, accept, end };
}

const asking = (model: string, metadata: Record<string, string> = {}): Partial<NewRun> => ({
  request: {
    version: 1,
    chat: { model, messages: [{ role: 'user', content: 'hi' }], metadata },
    showEvents: false,
  },
});

it('lists all runs by tenant, agent and end, in pages, and lets go of those that have expired', async () => {
  const { catalogue, accept, end, redis, keys } = open();
  const ids = [
    await accept(asking('echo')),
    await accept(asking('other')),
    await accept({ ...asking('echo'), tenant: bob }),
    await accept(asking('echo')),
  ];
  const [one, two, three, four] = ids;
  await end(four as RunId);
  const idsOf = async (filter: object, more: object = {}) => {
    const list = await catalogue.list({ filter, order: 'asc', limit: 10, ...more });
    return list?.runs.map(({ runId }) => runId);
  };
  const all = await idsOf({});
  expect(new Set(all)).toEqual(new Set(ids));
  expect(await idsOf({ tenant: bob })).toEqual([three]);
  expect(await idsOf({ agent: 'other' })).toEqual([two]);
  expect(await idsOf({ end: 'cancelled' })).toEqual([four]);
  expect(new Set(await idsOf({ end: 'live', tenant: ada }))).toEqual(new Set([one, two]));
  expect(await idsOf({}, { order: 'desc' })).toEqual(all?.toReversed());
  const paged: unknown[] = [];
  for (let after: RunId | undefined; ; ) {
    const page = await catalogue.list({ filter: {}, order: 'asc', limit: 1, ...(after && { after }) });
    paged.push(...(page?.runs.map(({ runId }) => runId) ?? []));
    after = page?.runs.at(-1)?.runId;
    if (page?.hasMore !== true) break;
  }
  expect(paged).toEqual(all);
  await redis.del(keys.run(one as RunId), keys.run(two as RunId), keys.run(three as RunId));
  expect(await idsOf({}, { limit: 1 })).toEqual([four]);
  expect(await redis.zcard(keys.listedRuns)).toBe(1);
  expect(await catalogue.list({ filter: {}, order: 'asc', limit: 1, after: one as RunId })).toBe(undefined);
});

it('keeps runs for their own retention, which begins anew when they are used', async () => {
  const { catalogue, accept, end, redis, keys } = open(1000);
  const [kept, usual] = [await accept({ keep }), await accept()];
  await end(kept);
  await end(usual);
  expect(await redis.pttl(keys.run(usual))).toBeLessThanOrEqual(1000);
  for (const key of [keys.run(kept), keys.log(kept)]) expect(await redis.pttl(key)).toBeGreaterThan(50_000);
  await redis.pexpire(keys.run(kept), 5000);
  await catalogue.touch([kept, usual]);
  expect(await redis.pttl(keys.run(kept))).toBeGreaterThan(50_000);
  expect(await redis.pttl(keys.run(usual))).toBeLessThanOrEqual(1000);
});

it('keeps at most so many of a tenant: the oldest give way, and one that runs is kept as any run', async () => {
  const { catalogue, accept, end, redis, keys } = open();
  const ids: RunId[] = [];
  for (let index = 0; index < 5; index += 1) {
    ids.push(await accept({ keep }));
    if (index !== 0) await end(ids[index] as RunId);
    await redis.zadd(keys.tenantKept(ada, 'chat'), index, ids[index] as RunId);
  }
  const found = await catalogue.find(ids);
  expect(found.map((run) => run?.isKept)).toEqual([false, undefined, true, true, true]);
  const list = await catalogue.list({
    kept: { tenant: ada, as: 'chat' },
    filter: {},
    order: 'asc',
    limit: 10,
  });
  expect(list?.runs.map(({ runId }) => runId)).toEqual(ids.slice(2));
});

it('puts the trimmed request in place of the whole one at the end, and metadata in place of older', async () => {
  const { catalogue, accept, end } = open();
  const { request } = asking('echo', { a: '1' });
  const trimmed = {
    ...request,
    version: 1 as const,
    showEvents: false,
    chat: { model: 'echo', messages: [] },
  };
  const runId = await accept({ ...asking('echo', { a: '1' }), keep: { ...keep, request: trimmed } });
  const lengthOf = async () => (await catalogue.find([runId]))[0]?.request.chat.messages.length;
  expect(await lengthOf()).toBe(1);
  await end(runId);
  expect(await lengthOf()).toBe(0);
  expect((await catalogue.find([runId]))[0]?.metadata).toEqual({ a: '1' });
  expect(await catalogue.describe(runId, bob, { b: '2' })).toBe('unknown');
  expect(await catalogue.describe(runId, ada, { b: '2' })).toBe('done');
  expect((await catalogue.find([runId]))[0]?.metadata).toEqual({ b: '2' });
});

it('forgets an ended run of its tenant with its key, and no other', async () => {
  const { catalogue, accept, end, redis, keys } = open();
  const idempotency = { key: 'k', bodyHash: 'h' };
  const runId = await accept({ keep, idempotency });
  expect(await catalogue.ownerOf(ada, 'k')).toBe(runId);
  expect(await catalogue.remove(runId, bob)).toBe('unknown');
  expect(await catalogue.remove(runId, ada)).toBe('live');
  await end(runId);
  await accept({ idempotency: { key: 'other', bodyHash: 'h' } });
  expect(await catalogue.remove(runId, ada)).toBe('removed');
  expect(await catalogue.find([runId])).toEqual([undefined]);
  expect(await redis.exists(keys.log(runId))).toBe(0);
  expect(await catalogue.ownerOf(ada, 'k')).toBe(undefined);
  expect(await redis.zcard(keys.tenantKept(ada, 'chat'))).toBe(0);
});
