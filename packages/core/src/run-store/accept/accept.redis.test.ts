import { expect, it } from 'vitest';
import { z } from 'zod';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { connectTestRedis, randomPrefix } from '../../../../../tests/support/test-redis.ts';
import { createRunId, tenantIdSchema } from '../../ids.ts';
import { createKeys } from '../../redis/keys.ts';
import { defineScript } from '../../redis/load-script.ts';
import { readSources } from '../scripts.ts';
import { createRedisRunLog } from '../redis-run-log.ts';
import { createRedisRunIndex } from '../end/overdue-runs.ts';
import type { NewRun } from '../run-log.ts';

const channel = 'nobody';

function open(retentionMs = 60_000) {
  const redis = connectTestRedis();
  const keys = createKeys(randomPrefix());
  return {
    redis,
    keys,
    log: createRedisRunLog({ redis, keys, retentionMs }),
    index: createRedisRunIndex(redis, keys),
  };
}

const completed = { reason: 'completed' as const, tokens: 30, mayRetry: false };

it('answers a resent accept as the first one', async () => {
  const { log } = open();
  const run = newRun(channel);
  const first = await log.accept(run);
  expect(await log.accept(run)).toEqual(first);
});

it('accepts nothing after the last moment that it was given, but answers a resend', async () => {
  const { redis, keys, log } = open();
  const script = defineScript(redis, {
    name: 'accept-at',
    lua: `${readSources().accept}\nreturn (accept(KEYS, ARGV))`,
  });
  const acceptBy = async (run: NewRun, ms: number) => {
    const [outcome] = z
      .tuple([z.string()])
      .rest(z.unknown())
      .parse(
        await script(log.scriptAccept.keys(run), [
          ...[run.id, 'local', '{}', 60_000, channel, '', 100, 0, 0, 0, ''],
          ms,
        ]),
      );
    return outcome;
  };
  const run = newRun(channel);
  expect(await acceptBy(run, 1)).toBe('late');
  expect(await redis.exists(keys.run(run.id), keys.live, keys.waiting)).toBe(0);
  expect(await acceptBy(run, Date.now() + 60_000)).toBe('accepted');
  expect(await acceptBy(run, 1)).toBe('accepted');
});

it('lets exactly as many of 1,000 simultaneous requests pass as the limit says, and charges no refused one', async () => {
  const { log } = open();
  const limits = { maxLive: 10_000, requestsPerMinute: 100 };
  const outcomes = await Promise.all(
    Array.from({ length: 1000 }, () => log.accept(newRun(channel, { limits }))),
  );
  expect(outcomes.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(100);
  const refused = outcomes.find(({ outcome }) => outcome === 'limited');
  expect(refused).toMatchObject({ by: 'requests', rate: { requests: { limit: 100, remaining: 0 } } });
});

it('counts the requests that remain', async () => {
  const { log } = open();
  const limits = { maxLive: 10, requestsPerMinute: 5 };
  await log.accept(newRun(channel, { limits }));
  expect(await log.accept(newRun(channel, { limits }))).toMatchObject({
    rate: { requests: { limit: 5, remaining: 3 } },
  });
});

it('charges tokens when a run ends, and refuses the next one when they are used up', async () => {
  const { log } = open();
  const limits = { maxLive: 10, tokensPerMinute: 25 };
  const run = newRun(channel, { limits });
  await log.accept(run);
  await log.claim(run.id, 'control');
  await log.append([{ runId: run.id, epoch: 1, seq: 1, visible: false, payload: '[]', end: completed }]);
  expect(await log.accept(newRun(channel, { limits }))).toMatchObject({ outcome: 'limited', by: 'tokens' });
});

it('frees a place under the concurrency limit when a run ends, however it ends', async () => {
  const { log } = open();
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
  const { log } = open();
  const limits = { maxLive: 10, concurrency: 1 };
  await log.accept(newRun(channel, { limits, tenant: tenantIdSchema.parse('one') }));
  expect(await log.accept(newRun(channel, { limits, tenant: tenantIdSchema.parse('two') }))).toMatchObject({
    outcome: 'accepted',
  });
});

it('refuses further runs when as many are alive as allowed', async () => {
  const { log } = open();
  const limits = { maxLive: 2 };
  await log.accept(newRun(channel, { limits }));
  await log.accept(newRun(channel, { limits }));
  expect(await log.accept(newRun(channel, { limits }))).toEqual({ outcome: 'full' });
});

it('makes one run of 200 simultaneous requests with one idempotency key', async () => {
  const { log } = open();
  const idempotency = { key: 'order-7', bodyHash: 'a' };
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, () => log.accept(newRun(channel, { idempotency }))),
  );
  expect(outcomes.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
  const duplicates = outcomes.filter((outcome) => outcome.outcome === 'duplicate');
  expect(new Set(duplicates.map(({ runId }) => runId)).size).toBe(1);
});

it('refuses an idempotency key that comes with another body, and keeps the keys of tenants apart', async () => {
  const { log } = open();
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
  const { log } = open();
  const keyed = () => newRun(channel, { idempotency: { key: 'k', bodyHash: 'a' } });
  const [first, second, third] = [keyed(), keyed(), keyed()];
  await log.accept(first);
  await log.end(first.id, { reason: 'failed', code: 'worker_lost', message: 'lost' });
  expect(await log.accept(second)).toMatchObject({ outcome: 'accepted' });
  await log.claim(second.id, 'control');
  const end = { reason: 'failed' as const, tokens: 0, mayRetry: true };
  await log.append([{ runId: second.id, epoch: 1, seq: 1, visible: false, payload: '[]', end }]);
  expect(await log.accept(third)).toMatchObject({ outcome: 'accepted' });
  await log.end(third.id, { reason: 'failed', code: 'invalid_request', message: 'no' });
  expect(await log.accept(keyed())).toMatchObject({ outcome: 'duplicate', runId: third.id });
});

it('never gives a run to a worker after its deadline, and ends it in the log', async () => {
  const { log } = open();
  const run = newRun(channel, { deadlineMs: 0 });
  await log.accept(run);
  expect(await log.claim(run.id, 'control')).toEqual({ outcome: 'ended' });
  const read = await log.read(run.id, { afterSeq: 0, limit: 10 });
  expect(read).toMatchObject({
    ended: true,
    frames: [{ payload: expect.stringContaining('"by":"deadline"') }],
  });
});

it('lets everything of a run expire together after its end, and nothing before', async () => {
  const { redis, keys, log } = open(5000);
  const run = newRun(channel, { idempotency: { key: 'k', bodyHash: 'a' } });
  await log.accept(run);
  expect(await redis.pttl(keys.run(run.id))).toBe(-1);
  await log.end(run.id, { reason: 'cancelled', by: 'client' });
  const left = (await redis.keys(`${keys.prefix}:*`)).filter((key) => !key.endsWith(':window'));
  const lives = await Promise.all(left.map((key) => redis.pttl(key)));
  expect(left).toHaveLength(3);
  for (const life of lives) expect(life).toBeGreaterThan(4000);
});

it('finds runs that are past their deadline and runs that nobody claimed, each once a round', async () => {
  const { log, index } = open();
  const late = newRun(channel, { deadlineMs: 0 });
  const queued = newRun(channel);
  await log.accept(late);
  await log.accept(queued);
  expect(await index.overdue(10)).toEqual([late.id]);
  expect((await index.unclaimed({ olderThanMs: 0, limit: 10 })).sort()).toEqual([late.id, queued.id].sort());
  expect(await index.unclaimed({ olderThanMs: 10_000, limit: 10 })).toEqual([]);
  await log.claim(queued.id, 'control');
  await log.end(late.id, { reason: 'cancelled', by: 'deadline' });
  expect(await index.overdue(10)).toEqual([]);
  expect(await index.unclaimed({ olderThanMs: 0, limit: 10 })).toEqual([]);
});

it('spares a run that is followed when it is told to end only unfollowed ones', async () => {
  const { log } = open();
  const run = newRun('reply-1');
  await log.accept(run);
  const end = { reason: 'cancelled' as const, by: 'disconnect' as const };
  expect(await log.end(run.id, end, { onlyUnfollowed: true })).toBe('followed');
  await log.read(run.id, { afterSeq: 0, limit: 1, channel: 'reply-2' });
  await log.leave(run.id, 'reply-1');
  expect(await log.end(run.id, end, { onlyUnfollowed: true })).toBe('followed');
  await log.leave(run.id, 'reply-2');
  expect(await log.end(run.id, end, { onlyUnfollowed: true })).toBe('ended');
});

it('gives the header of a run only when it is asked for', async () => {
  const { log } = open();
  const run = newRun(channel);
  await log.accept(run);
  expect(await log.read(run.id, { afterSeq: 0, limit: 1 })).not.toHaveProperty('header');
  const read = await log.read(run.id, { afterSeq: 0, limit: 1, withHeader: true });
  expect(read).toMatchObject({ header: { tenant: 'local', request: run.request } });
});

it('knows which runs a process listens to', async () => {
  const { log } = open();
  const [followed, left, unfollowed] = [newRun('reply-1'), newRun('reply-1'), newRun('reply-2')];
  for (const run of [followed, left, unfollowed]) await log.accept(run);
  await connectTestRedis().subscribe('reply-1');
  await log.leave(left.id, 'reply-1');
  const unknown = createRunId(Date.now());
  const runIds = [followed.id, left.id, unfollowed.id, unknown];
  expect(await log.heard(runIds)).toEqual([true, false, false, false]);
});
