import { expect, test } from 'vitest';
import { failOnLeaks } from '../../../../tests/support/leaks.ts';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createLogger } from '../logging/logger.ts';
import { createKeys } from '../redis/keys.ts';
import type { AgentDescriptor } from './agent-descriptor.ts';
import { createAgentDirectory } from './create-agent-directory.ts';
import { createAnnouncer } from './create-announcer.ts';

failOnLeaks();

const soon = () => AbortSignal.timeout(5000);

test('an agent is listed once a worker announces it, sorted by id, with its descriptor', async () => {
  const { directory, worker } = setup();
  expect(await directory.list()).toEqual([]);
  await worker('w1', [agent('b'), agent('a', { canOverrideSamplings: true })]).tick();
  expect(await directory.get('a')).toMatchObject({ id: 'a', canOverrideSamplings: true });
  expect((await directory.list()).map(({ id }) => id)).toEqual(['a', 'b']);
});

test('a fresh agent is found at once, though the list may be a second old', async () => {
  const { directory, worker, clock } = setup();
  expect(await directory.get('a')).toBeUndefined();
  await worker('w1', [agent('a')]).tick();
  expect(await directory.list()).toEqual([]);
  expect(await directory.get('a')).toMatchObject({ id: 'a' });
  await worker('w2', [agent('b')]).tick();
  expect(await directory.list()).toHaveLength(1);
  clock.nowMs += 1000;
  expect(await directory.list()).toHaveLength(2);
});

test('the agents of a dead or withdrawn worker go while another one lives', async () => {
  const { directory, worker, age, look } = setup();
  const [dead, leaving, living] = [
    worker('w1', [agent('a')]),
    worker('w2', [agent('b')]),
    worker('w3', [agent('c')]),
  ];
  for (const each of [dead, leaving, living]) await each.tick();
  await age('w1', 15_000);
  await leaving.withdraw(soon());
  expect((await look()).map(({ id }) => id)).toEqual(['c']);
  expect(await directory.liveWorkers()).toBe(1);
});

test('the last known agents stay listed while no worker lives, for a day', async () => {
  const { directory, worker, age, look } = setup();
  const [early, withdrawn, crashed] = [
    worker('w1', [agent('old')]),
    worker('w2', [agent('a')]),
    worker('w3', [agent('b')]),
  ];
  for (const each of [early, withdrawn, crashed]) await each.tick();
  await age('w1', 60_000);
  await withdrawn.withdraw(soon());
  await age('w3', 15_000);
  await age('w2', 10_000);
  expect((await look()).map(({ id }) => id)).toEqual(['a', 'b']);
  expect(await directory.liveWorkers()).toBe(0);
  for (const id of ['w1', 'w2', 'w3']) await age(id, 24 * 3_600_000);
  expect(await look()).toEqual([]);
});

test('the worker that started last is right about an agent, whoever announced last', async () => {
  const { worker, look } = setup();
  const newer = worker('w1', [agent('a', { canOverrideSamplings: true })], 2000);
  const older = worker('w2', [agent('a')], 1000);
  await newer.tick();
  await older.tick();
  expect(await look()).toMatchObject([{ id: 'a', canOverrideSamplings: true }]);
  await newer.withdraw(soon());
  expect(await look()).toMatchObject([{ id: 'a', canOverrideSamplings: false }]);
});

test('an agent keeps the time of its first announcement', async () => {
  const { redis, keys, worker, look } = setup();
  await redis.hset(keys.agentsCreated, 'a', 1_700_000_000);
  await worker('w1', [agent('a')]).tick();
  await worker('w2', [agent('a'), agent('b')]).tick();
  const [a, b] = await look();
  expect(a?.created).toBe(1_700_000_000);
  expect(b?.created).toBeCloseTo(Date.now() / 1000, -1);
});

test('what a newer version announced is left out and named in the log once', async () => {
  const { redis, keys, worker, look, lines } = setup();
  await worker('w1', [agent('a')]).tick();
  for (const id of ['w2', 'w3']) await worker(id, []).tick();
  const newer = JSON.stringify({ agents: [{ id: 'new', accepts: ['telepathy'] }, agent('b')] });
  await redis.hset(keys.announcements, { w2: `1 ${newer}`, w3: '1 {' });
  expect((await look()).map(({ id }) => id)).toEqual(['a', 'b']);
  await look();
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['agent.unreadable', 'agent.unreadable']);
});

test('what a worker left behind is removed after a day', async () => {
  const { redis, keys, worker, age } = setup();
  await worker('w1', [agent('a')]).tick();
  await age('w1', 24 * 3_600_000);
  await worker('w2', [agent('b')]).tick();
  expect(await redis.hkeys(keys.announcements)).toEqual(['w2']);
  expect(await redis.zrange(keys.workersSeen, '0', '-1')).toEqual(['w2']);
  expect(await redis.zrange(keys.workers, '0', '-1')).toEqual(['w2']);
});

test('a hundred workers that serve the same announce one text', async () => {
  const { worker, look, directory } = setup();
  await Promise.all(Array.from({ length: 100 }, (_, n) => worker(`w${n}`, [agent('a')], n).tick()));
  expect(await look()).toHaveLength(1);
  expect(await directory.liveWorkers()).toBe(100);
});

test('starting announces at once and at every interval, until the worker withdraws', async () => {
  const { redis, keys, worker, look, timer } = setup();
  const announcer = worker('w1', [agent('a')]);
  await announcer.start();
  expect(await look()).toHaveLength(1);
  await redis.del(keys.workers, keys.workersSeen, keys.announcements);
  timer.callback?.();
  await announcer.tick();
  expect(await look()).toHaveLength(1);
  await announcer.withdraw(soon());
  expect(timer.stopped).toBe(true);
  await announcer.tick();
  await announcer.withdraw(soon());
  expect(await redis.zcard(keys.workers)).toBe(0);
});

test('replaced agents are announced at once, and win over those that another worker announced before', async () => {
  const { worker, look } = setup();
  const other = worker('w1', [agent('b')], 2000);
  const announcer = worker('w2', [agent('a'), agent('b')], 1000);
  await Promise.all([other.start(), announcer.start()]);
  await announcer.replace([agent('b', { canOverrideSamplings: true }), agent('c')], 3000);
  expect(await look()).toMatchObject([{ id: 'b', canOverrideSamplings: true }, { id: 'c' }]);
  for (const each of [other, announcer]) await each.withdraw(soon());
});

test('what is under way when agents are replaced does not have the last word', async () => {
  const { worker, look } = setup();
  const announcer = worker('w1', [agent('a')]);
  const underWay = announcer.tick();
  await announcer.replace([agent('b')], 1);
  await underWay;
  expect((await look()).map(({ id }) => id)).toEqual(['b']);
});

test('withdrawing gives up on the signal, and starting without Redis does not throw', async () => {
  const { worker, redis, lines } = setup();
  redis.disconnect();
  const announcer = worker('w1', [agent('a')]);
  await announcer.start();
  await announcer.withdraw(AbortSignal.abort());
  expect(lines.map((line) => JSON.parse(line).msg)).toContain('worker.announce-failed');
});

test('a directory without Redis says so', async () => {
  const { directory, redis } = setup();
  redis.disconnect();
  await expect(directory.list()).rejects.toMatchObject({ code: 'store_unavailable' });
  await expect(directory.get('a')).rejects.toMatchObject({ code: 'store_unavailable' });
});

function setup() {
  const redis = connectTestRedis();
  const keys = createKeys(randomPrefix());
  const clock = { nowMs: 0 };
  const lines: string[] = [];
  const logger = createLogger({
    role: 'test',
    level: 'info',
    destination: { write: (line) => void lines.push(line) },
  });
  const timer: { callback?: () => void; stopped: boolean } = { stopped: false };
  const every = (_: number, callback: () => void) => {
    timer.callback = callback;
    return () => {
      timer.stopped = true;
    };
  };
  const directory = createAgentDirectory({ redis, keys, logger, now: () => clock.nowMs });
  return {
    ...{ redis, keys, clock, lines, timer, directory },
    worker: (workerId: string, agents: AgentDescriptor[], startedAtMs = 0) =>
      createAnnouncer({ redis, keys, workerId, agents, startedAtMs, logger, every }),
    /** Makes it longer ago that Redis heard of a worker: its clock cannot be set. */
    async age(workerId: string, ms: number) {
      await redis.zadd(keys.workersSeen, 'XX', 'INCR', String(-ms), workerId);
      await redis.zadd(keys.workers, 'XX', 'INCR', String(-ms), workerId);
    },
    async look() {
      clock.nowMs += 1000;
      return directory.list();
    },
  };
}

function agent(id: string, fields: Partial<AgentDescriptor> = {}): AgentDescriptor {
  return { id, accepts: ['logprobs'], canOverrideSamplings: false, ...fields };
}
