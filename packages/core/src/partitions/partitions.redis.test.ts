import { expect, onTestFinished, test } from 'vitest';
import { newRun } from '../../../../tests/support/new-run.ts';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createRunId, type RunId, readRunTime, type TenantId, tenantIdSchema } from '../ids.ts';
import { createPartitioning } from '../redis/partitioning.ts';
import type { RunDescription } from '../run-store/catalogue/run-catalogue.ts';
import { itemAt } from './ask-each.ts';
import { fixPartitions, readPartitions } from './fix-partitions.ts';
import { connectRunStore } from './open-run-store.ts';
import { routeCatalogue } from './route-catalogue.ts';
import { routeDeadLetters, routeInspectBacklog, routeRunStates } from './route-operations.ts';

const partitions = 3;
/** Three for each partition. */
const tenants = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((id) => tenantIdSchema.parse(id));

function open() {
  const redis = connectTestRedis();
  const config = { CALUTE_PREFIX: randomPrefix(), REDIS_PARTITIONS: partitions, RUN_RETENTION_S: 60 };
  const faults: unknown[] = [];
  const store = connectRunStore(redis, config, { onError: (error) => void faults.push(error) });
  onTestFinished(async () => {
    await store.closeQueue();
    expect(faults).toEqual([]);
  });
  const newRunOf = (tenant: TenantId) =>
    newRun('reply', { id: createRunId(Date.now(), undefined, store.partitioning.markOf(tenant)), tenant });
  const accept = async (tenant: TenantId) => {
    const run = newRunOf(tenant);
    expect(await store.log.accept(run)).toMatchObject({ outcome: 'accepted' });
    return run.id;
  };
  return { ...store, accept };
}

test('a run is in the partition of its tenant, which its id names', () => {
  const partitioning = createPartitioning(partitions);
  for (const tenant of tenants) {
    const id = createRunId(1_800_000_000_500, undefined, partitioning.markOf(tenant));
    expect(partitioning.ofRun(id)).toBe(partitioning.ofTenant(tenant));
    expect(readRunTime(id)).toBe(1_800_000_000_000);
  }
  expect(new Set(tenants.map(partitioning.ofTenant)).size).toBe(partitions);
  expect(createPartitioning(1).markOf(itemAt(tenants, 0))).toBe('');
});

test('runs of all partitions are accepted, claimed, written and read as those of one', async () => {
  const { log, accept, partitions: all, partitioning, backlog } = open();
  for (const { leases } of all) await leases.renew({ channel: 'control', room: 10, totalRoom: 20 }, []);
  const ids = await Promise.all(tenants.map(accept));
  const claims = await Promise.all(
    ids.map((id) => itemAt(all, partitioning.ofRun(id)).leases.claim(id, { epoch: 0, channel: 'control' })),
  );
  expect(claims.map(({ outcome }) => outcome)).toEqual(ids.map(() => 'claimed'));
  const frames = ids.map((runId, index) => {
    return { runId, epoch: 1, seq: 1, visible: true, payload: `["${index}"]` };
  });
  expect(await log.append([...frames, ...frames.slice(0, 1)])).toEqual([
    ...Array(9).fill('no-subscribers'),
    'stored',
  ]);
  expect(await log.heads([...ids, createRunId(0)])).toEqual([
    ...ids.map(() => ({ seq: 1, ended: false })),
    undefined,
  ]);
  for (const [index, id] of ids.entries()) {
    const read = await log.read(id, { afterSeq: 0, limit: 1 });
    expect(read).toMatchObject({ outcome: 'found', frames: [{ payload: `["${index}"]` }] });
  }
  expect(await backlog.load()).toMatchObject({ offered: 9, room: 20, workers: 1 });
});

test('runs of all tenants are listed with the newest first, page by page', async () => {
  const store = open();
  const catalogue = routeCatalogue(store);
  const ids: RunId[] = [];
  for (const tenant of [...tenants, ...tenants]) ids.push(await store.accept(tenant));
  const found: RunDescription[] = [];
  for (let after: RunId | undefined; ; ) {
    const page = await catalogue.list({ filter: {}, order: 'desc', limit: 4, ...(after && { after }) });
    found.push(...(page?.runs ?? []));
    after = page?.runs.at(-1)?.runId;
    if (!page?.hasMore) break;
  }
  expect(found.map(({ runId }) => runId).toSorted()).toEqual(ids.toSorted());
  const times = found.map(({ createdMs }) => createdMs);
  expect(times).toEqual(times.toSorted((one, other) => other - one));
  const own = await catalogue.list({ filter: { tenant: itemAt(tenants, 0) }, order: 'asc', limit: 10 });
  expect(own?.runs.map(({ runId }) => runId)).toEqual([ids[0], ids[9]]);
  expect(await catalogue.list({ filter: {}, order: 'asc', limit: 1, after: createRunId(0) })).toBeUndefined();
});

test('an operator sees what waits in all partitions, and where each run is', async () => {
  const store = open();
  const ids = await Promise.all(tenants.map(store.accept));
  await Promise.all(ids.map((id) => store.dispatcher.dispatch(id, { waits: true })));
  const view = await routeInspectBacklog(store)(5);
  const live = view.classes.find(({ runClass }) => runClass === 'live');
  // Two of each partition are offered though there is no worker.
  expect(live).toMatchObject({ waiting: 3 });
  expect(view.offered).toBe(6);
  const states = await routeRunStates(store)([...ids, createRunId(0)]);
  expect(states.map((state) => state?.tenant)).toEqual([...tenants, undefined]);
  const letters = routeDeadLetters(store);
  expect(await letters.list(10)).toEqual([]);
  expect(await letters.find(itemAt(ids, 0))).toBeUndefined();
  await letters.close();
});

test('the number of partitions is fixed by the first start', async () => {
  const redis = connectTestRedis();
  const prefix = randomPrefix();
  const start = (count: number) => fixPartitions(redis, { CALUTE_PREFIX: prefix, REDIS_PARTITIONS: count });
  expect(await readPartitions(redis, prefix)).toBe(1);
  await start(4);
  await start(4);
  expect(await readPartitions(redis, prefix)).toBe(4);
  await expect(start(2)).rejects.toThrow('REDIS_PARTITIONS is 2, and this installation began with 4');
  const braced = { CALUTE_PREFIX: '{x}', REDIS_PARTITIONS: 2 };
  await expect(fixPartitions(redis, braced)).rejects.toThrow('CALUTE_PREFIX must not have');
});

test('of processes that start at once with different numbers, those of one number go on', async () => {
  const redis = connectTestRedis();
  const prefix = randomPrefix();
  const start = (count: number) => fixPartitions(redis, { CALUTE_PREFIX: prefix, REDIS_PARTITIONS: count });
  const started = await Promise.allSettled([2, 3, 2, 3].map(start));
  const outcomes = started.map(({ status }) => status);
  expect(outcomes.slice(0, 2).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(outcomes.slice(2)).toEqual(outcomes.slice(0, 2));
});

test('an installation that has runs from before the number was kept has one partition', async () => {
  const redis = connectTestRedis();
  const prefix = randomPrefix();
  await redis.zadd(`${prefix}:runs`, 1, 'chatcmpl-x');
  await expect(fixPartitions(redis, { CALUTE_PREFIX: prefix, REDIS_PARTITIONS: 2 })).rejects.toThrow(
    'began with 1',
  );
});
