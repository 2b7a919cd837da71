import { expect, it } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { connectTestRedis } from '../../../../../tests/support/test-redis.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import { createRunId, tenantIdSchema } from '../../ids.ts';
import { defineScript } from '../../redis/load-script.ts';
import type { NewRun } from '../run-log.ts';
import { readSources } from '../scripts.ts';
import { createAcceptRun } from './accept-run.ts';

const channel = 'nobody';

const completed = { reason: 'completed' as const, tokens: 30, mayRetry: false };

it('answers a resent accept as the first one', async () => {
  const { log } = openTestRunStore();
  const run = newRun(channel);
  const first = await log.accept(run);
  expect(await log.accept(run)).toEqual(first);
});

it('accepts nothing after the last moment that it was given, but answers a resend', async () => {
  const { redis, keys } = openTestRunStore();
  const script = defineScript(redis, { name: 'accept', lua: readSources().accept });
  const acceptBy = (run: NewRun, ms: number) => {
    const accept = createAcceptRun({
      script: (runKeys, args) => script(runKeys, [...args.slice(0, -1), ms]),
      keys,
      offerMs: 5000,
      patienceMs: 0,
      now: performance.now.bind(performance),
    });
    return accept(run);
  };
  const run = newRun(channel);
  await expect(acceptBy(run, 1)).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(await redis.exists(keys.run(run.id), keys.live, keys.leases)).toBe(0);
  expect(await acceptBy(run, Date.now() + 60_000)).toMatchObject({ outcome: 'accepted' });
  expect(await acceptBy(run, 1)).toMatchObject({ outcome: 'accepted' });
});

it('accepts a run before its own last moment alone, also as the first one', async () => {
  const { log, redis, keys } = openTestRunStore();
  const late = newRun(channel, { acceptBefore: performance.now() - 1 });
  for (let tries = 0; tries < 2; tries += 1) {
    await expect(log.accept(late)).rejects.toMatchObject({ code: 'store_unavailable' });
  }
  expect(await redis.exists(keys.run(late.id), keys.live, keys.leases)).toBe(0);
  const inTime = newRun(channel, { acceptBefore: performance.now() + 60_000 });
  expect(await log.accept(inTime)).toMatchObject({ outcome: 'accepted' });
});

it('lets exactly as many of 1,000 simultaneous requests pass as the limit says, and charges no refused one', async () => {
  const { log } = openTestRunStore();
  const limits = { maxLive: 10_000, requestsPerMinute: 100 };
  const outcomes = await Promise.all(
    Array.from({ length: 1000 }, () => log.accept(newRun(channel, { limits }))),
  );
  expect(outcomes.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(100);
  const refused = outcomes.find(({ outcome }) => outcome === 'limited');
  expect(refused).toMatchObject({ by: 'requests', rate: { requests: { limit: 100, remaining: 0 } } });
});

it('counts the requests that remain', async () => {
  const { log } = openTestRunStore();
  const limits = { maxLive: 10, requestsPerMinute: 5 };
  await log.accept(newRun(channel, { limits }));
  expect(await log.accept(newRun(channel, { limits }))).toMatchObject({
    rate: { requests: { limit: 5, remaining: 3 } },
  });
});

it('charges tokens when a run ends, and refuses the next one when they are used up', async () => {
  const { log, claim } = openTestRunStore();
  const limits = { maxLive: 10, tokensPerMinute: 25 };
  const run = newRun(channel, { limits });
  await log.accept(run);
  await claim(run.id);
  await log.append([{ runId: run.id, epoch: 1, seq: 1, visible: false, payload: '[]', end: completed }]);
  expect(await log.accept(newRun(channel, { limits }))).toMatchObject({ outcome: 'limited', by: 'tokens' });
});

it('frees a place under the concurrency limit when a run ends, however it ends', async () => {
  const { log } = openTestRunStore();
  const limits = { maxLive: 10, concurrency: 1 };
  const run = newRun(channel, { limits });
  await log.accept(run);
  expect(await log.accept(newRun(channel, { limits }))).toMatchObject({
    outcome: 'limited',
    by: 'concurrency',
  });
  await log.end(run.id, { reason: 'cancelled', by: 'client' });
  expect(await log.accept(newRun(channel, { limits }))).toMatchObject({ outcome: 'accepted' });
});

it('keeps the limits of tenants apart', async () => {
  const { log } = openTestRunStore();
  const limits = { maxLive: 10, concurrency: 1 };
  await log.accept(newRun(channel, { limits, tenant: tenantIdSchema.parse('one') }));
  expect(await log.accept(newRun(channel, { limits, tenant: tenantIdSchema.parse('two') }))).toMatchObject({
    outcome: 'accepted',
  });
});

it('refuses further runs when as many are alive as allowed', async () => {
  const { log } = openTestRunStore();
  const limits = { maxLive: 2 };
  await log.accept(newRun(channel, { limits }));
  await log.accept(newRun(channel, { limits }));
  expect(await log.accept(newRun(channel, { limits }))).toMatchObject({ outcome: 'full' });
});

it('makes one run of 200 simultaneous requests with one idempotency key', async () => {
  const { log } = openTestRunStore();
  const idempotency = { key: 'order-7', bodyHash: 'a' };
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, () => log.accept(newRun(channel, { idempotency }))),
  );
  expect(outcomes.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
  const duplicates = outcomes.filter((outcome) => outcome.outcome === 'duplicate');
  expect(new Set(duplicates.map(({ runId }) => runId)).size).toBe(1);
});

it('refuses an idempotency key that comes with another body, and keeps the keys of tenants apart', async () => {
  const { log } = openTestRunStore();
  await log.accept(newRun(channel, { idempotency: { key: 'k', bodyHash: 'a' } }));
  expect(await log.accept(newRun(channel, { idempotency: { key: 'k', bodyHash: 'b' } }))).toEqual({
    outcome: 'key-reused',
  });
  const foreign = newRun(channel, {
    idempotency: { key: 'k', bodyHash: 'b' },
    tenant: tenantIdSchema.parse('other'),
  });
  expect(await log.accept(foreign)).toMatchObject({ outcome: 'accepted' });
});

it('frees an idempotency key when its run fails for a passing reason or its client left, and keeps it otherwise', async () => {
  const { log, claim } = openTestRunStore();
  const keyed = () => newRun(channel, { idempotency: { key: 'k', bodyHash: 'a' } });
  const [first, second, third] = [keyed(), keyed(), keyed()];
  await log.accept(first);
  await log.end(first.id, { reason: 'failed', code: 'worker_lost', message: 'lost' });
  expect(await log.accept(second)).toMatchObject({ outcome: 'accepted' });
  await claim(second.id);
  const end = { reason: 'failed' as const, tokens: 0, mayRetry: true };
  await log.append([{ runId: second.id, epoch: 1, seq: 1, visible: false, payload: '[]', end }]);
  expect(await log.accept(third)).toMatchObject({ outcome: 'accepted' });
  await log.end(third.id, { reason: 'failed', code: 'invalid_request', message: 'no' });
  expect(await log.accept(keyed())).toMatchObject({ outcome: 'duplicate', runId: third.id });
});

it('never gives a run to a worker after its deadline, and ends it in the log', async () => {
  const { log, claim } = openTestRunStore();
  const run = newRun(channel, { deadlineMs: 0 });
  await log.accept(run);
  expect(await claim(run.id)).toEqual({ outcome: 'ended' });
  const read = await log.read(run.id, { afterSeq: 0, limit: 10 });
  expect(read).toMatchObject({
    ended: true,
    frames: [{ payload: expect.stringContaining('"by":"deadline"') }],
  });
});

it('lets everything of a run expire together after its end, and nothing before', async () => {
  const { redis, keys, log } = openTestRunStore({ retentionMs: 5000 });
  const run = newRun(channel, { idempotency: { key: 'k', bodyHash: 'a' } });
  await log.accept(run);
  expect(await redis.pttl(keys.run(run.id))).toBe(-1);
  await log.end(run.id, { reason: 'cancelled', by: 'client' });
  const left = (await redis.keys(`${keys.prefix}:*`)).filter(
    (key) => ![keys.backlog, keys.listedRuns].includes(key),
  );
  const lives = await Promise.all(left.map((key) => redis.pttl(key)));
  expect(left).toHaveLength(3);
  for (const life of lives) expect(life).toBeGreaterThan(4000);
});

it('finds runs that are past their deadline or soon will be, until they have ended', async () => {
  const { log, overdue } = openTestRunStore();
  const [late, soon] = [newRun(channel, { deadlineMs: 0 }), newRun(channel, { deadlineMs: 900 })];
  for (const run of [late, soon, newRun(channel)]) await log.accept(run);
  const list = async () => (await overdue.list(10, 1000)).map(({ runId, inMs }) => [runId, inMs > 0]);
  expect(await list()).toEqual([
    [late.id, false],
    [soon.id, true],
  ]);
  await log.end(late.id, { reason: 'cancelled', by: 'deadline' });
  expect(await list()).toEqual([[soon.id, true]]);
});

it('spares a run that is followed when it is told to end only unfollowed ones', async () => {
  const { log } = openTestRunStore();
  const run = newRun('reply-1');
  await log.accept(run);
  const end = { reason: 'cancelled' as const, by: 'disconnect' as const };
  expect(await log.end(run.id, end, { spare: 'followed' })).toBe('spared');
  await log.read(run.id, { afterSeq: 0, limit: 1, channel: 'reply-2' });
  await log.leave(run.id, 'reply-1');
  expect(await log.end(run.id, end, { spare: 'followed' })).toBe('spared');
  await log.leave(run.id, 'reply-2');
  expect(await log.end(run.id, end, { spare: 'followed' })).toBe('ended');
});

it('spares a run that a worker has when it is told to end only those that none has', async () => {
  const { log, claim, makeRoom } = openTestRunStore();
  await makeRoom(10);
  const [held, offered] = [newRun(channel), newRun(channel)];
  for (const run of [held, offered]) await log.accept(run);
  expect(await claim(held.id)).toMatchObject({ outcome: 'claimed' });
  const end = { reason: 'cancelled' as const, by: 'deadline' as const };
  expect(await log.end(held.id, end, { spare: 'held' })).toBe('spared');
  expect(await log.end(offered.id, end, { spare: 'held' })).toBe('ended');
  expect(await log.end(held.id, end)).toBe('ended');
});

it('gives the header of a run only when it is asked for', async () => {
  const { log } = openTestRunStore();
  const run = newRun(channel);
  await log.accept(run);
  expect(await log.read(run.id, { afterSeq: 0, limit: 1 })).not.toHaveProperty('header');
  const read = await log.read(run.id, { afterSeq: 0, limit: 1, withHeader: true });
  expect(read).toMatchObject({ header: { tenant: 'local', request: run.request } });
});

it('knows which runs a process listens to', async () => {
  const { log } = openTestRunStore();
  const [followed, left, unfollowed] = [newRun('reply-1'), newRun('reply-1'), newRun('reply-2')];
  for (const run of [followed, left, unfollowed]) await log.accept(run);
  await connectTestRedis().subscribe('reply-1');
  await log.leave(left.id, 'reply-1');
  const unknown = createRunId(Date.now());
  const runIds = [followed.id, left.id, unfollowed.id, unknown];
  expect(await log.hasSubscribers(runIds)).toEqual([true, false, false, false]);
});

it.each([1.5, 1e308, Number.POSITIVE_INFINITY, Number.NaN, -5])(
  'ends a run and frees its slot whatever its provider says that it took: %s tokens',
  async (tokens) => {
    const { log, claim, backlog, redis, keys } = openTestRunStore();
    const run = newRun('nobody', { limits: { maxLive: 100, tokensPerMinute: 1000 } });
    await log.accept(run);
    await redis.hset(keys.run(run.id), 'charged', '1');
    await claim(run.id);
    const end = { reason: 'completed' as const, tokens, mayRetry: false };
    const frame = { runId: run.id, epoch: 1, seq: 1, visible: true, payload: '[]', end };
    expect(await log.append([frame])).toEqual(['no-subscribers']);
    expect(await backlog.size()).toMatchObject({ offered: 0 });
  },
);
