import { expect, test } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import type { RunId } from '../../ids.ts';
import { encodeEvents } from '../../runs/frame-payload.ts';
import type { RunClass } from './place.ts';

const place = (runClass: RunClass) => ({ runClass, flow: 'tenant:a', weight: 1, cost: 10 });

function open() {
  const store = openTestRunStore();
  const accept = async (runClass: RunClass): Promise<RunId> => {
    const run = newRun('reply', { place: place(runClass) });
    const accepted = await store.log.accept(run);
    if (accepted.outcome === 'accepted' && accepted.queue) await store.backlog.add(run.id);
    return run.id;
  };
  const finish = async (runId: RunId, epoch = 0) => {
    await store.claim(runId, epoch);
    const payload = encodeEvents([{ type: 'run-end', end: { reason: 'cancelled', by: 'client' } }]);
    const end = { reason: 'cancelled', tokens: 0, mayRetry: false } as const;
    await store.log.append([{ runId, epoch: epoch + 1, seq: 1, visible: false, payload, end }]);
  };
  /** The rates as if the last look at them had been so long ago. */
  const age = async (ms: number) => {
    const rates = JSON.parse((await store.redis.hget(store.keys.backlog, 'rates')) ?? '{}');
    await store.redis.hset(store.keys.backlog, 'rates', JSON.stringify({ ...rates, at: rates.at - ms }));
  };
  const ofClass = async (runClass: RunClass) =>
    (await store.backlog.load()).classes.find((one) => one.runClass === runClass);
  return { ...store, accept, finish, age, ofClass };
}

test('an installation without runs and workers has nothing of anything', async () => {
  const { backlog } = open();
  const load = await backlog.load();
  expect(load).toMatchObject({ room: 0, workers: 0, offered: 0, deferred: 0, oldestOfferedMs: 0 });
  expect(load.classes.map(({ runClass }) => runClass)).toEqual(['priority', 'live', 'flex', 'batch']);
  for (const one of load.classes)
    expect(one).toMatchObject({ waiting: 0, offered: 0, oldestMs: 0, arrivalsPerSecond: 0 });
});

test('runs are counted by class, whether they wait or are offered', async () => {
  const { accept, backlog, makeRoom } = open();
  await makeRoom(8);
  for (const runClass of ['priority', 'live', 'live', 'flex', 'batch', 'batch'] as const)
    await accept(runClass);
  const counts = async () =>
    Object.fromEntries(
      (await backlog.load()).classes.map(({ runClass, waiting, offered }) => [runClass, [waiting, offered]]),
    );
  expect(await counts()).toEqual({ priority: [0, 1], live: [0, 2], flex: [0, 1], batch: [0, 2] });
  for (let more = 0; more < 6; more++) await accept('live');
  await accept('batch');
  expect(await counts()).toEqual({ priority: [0, 1], live: [2, 6], flex: [0, 1], batch: [1, 2] });
});

test('every count goes back when the runs have ended, whichever way', async () => {
  const { accept, finish, backlog, log, makeRoom } = open();
  await makeRoom(1);
  const ids = [await accept('priority'), await accept('batch'), await accept('live'), await accept('flex')];
  for (const id of ids.slice(0, 2)) await finish(id);
  for (const id of ids.slice(2)) await log.end(id, { reason: 'cancelled', by: 'client' });
  for (const one of (await backlog.load()).classes)
    expect(one).toMatchObject({ waiting: 0, offered: 0, oldestMs: 0 });
});

test('the oldest is the one that has waited longest in its class', async () => {
  const { accept, ofClass, redis, keys } = open();
  for (let each = 0; each < 2; each++) await accept('live');
  const first = await accept('live');
  const second = await accept('live');
  const since = `${keys.backlog}:since:live`;
  await redis.zincrby(since, -7000, second);
  await redis.zincrby(since, -3000, first);
  expect((await ofClass('live'))?.oldestMs).toBeGreaterThanOrEqual(7000);
  await redis.zrem(since, second);
  expect((await ofClass('live'))?.oldestMs).toBeLessThan(7000);
});

test('a run that was offered to nobody is seen to wait as well', async () => {
  const { accept, backlog, redis, keys, makeRoom } = open();
  const id = await accept('live');
  await redis.hincrby(keys.run(id), 'created', -9000);
  const load = await backlog.load();
  expect(load.offered).toBe(1);
  expect(load.oldestOfferedMs).toBeGreaterThanOrEqual(9000);
  await makeRoom(4);
  expect((await backlog.load()).oldestOfferedMs).toBe(0);
});

test('rates follow what comes and what is served, and say how long it takes', async () => {
  const { accept, finish, age, ofClass, redis, keys, makeRoom } = open();
  await makeRoom(100);
  await ofClass('live');
  const ids = await Promise.all(Array.from({ length: 20 }, () => accept('live')));
  for (const id of ids) await finish(id);
  await redis.hset(keys.backlog, 'busy:live', 40_000);
  await age(30_000);
  const live = await ofClass('live');
  // 20 in 30 s, of which one look after 30 s counts 63 %.
  expect(live?.arrivalsPerSecond).toBeCloseTo((20 / 30) * (1 - Math.exp(-1)), 1);
  expect(live?.servedPerSecond).toBeCloseTo((20 / 30) * (1 - Math.exp(-1)), 1);
  expect(live?.serviceMs).toBeCloseTo(2000, 3);
  await age(600_000);
  expect((await ofClass('live'))?.arrivalsPerSecond).toBeLessThan(0.001);
});

test('a second look at once, or by somebody else, moves no rate', async () => {
  const { accept, age, ofClass } = open();
  await ofClass('live');
  for (let each = 0; each < 10; each++) await accept('live');
  await age(5000);
  const first = await ofClass('live');
  expect(await ofClass('live')).toEqual({ ...first, oldestMs: expect.any(Number) });
});

test('room that dead workers had is gone at the next look', async () => {
  const { backlog, makeRoom, redis, keys } = open();
  await makeRoom(10, 'one');
  await makeRoom(20, 'two');
  expect(await backlog.load()).toMatchObject({ room: 30, workers: 2 });
  await redis.zadd(keys.holders, 1, 'two');
  expect(await backlog.load()).toMatchObject({ room: 10, workers: 1 });
  expect(await backlog.size()).toMatchObject({ room: 10 });
  await makeRoom(0, 'one');
  expect(await backlog.load()).toMatchObject({ room: 0, workers: 0 });
});
