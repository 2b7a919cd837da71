import { describe, expect, test } from 'vitest';
import { failOnLeaks } from '../../../../../tests/support/leaks.ts';
import { tenant } from '../../files/testing/open-test-files.ts';
import { createRunId } from '../../ids.ts';
import { leaseMs, line, openTestBatch } from '../testing/open-test-batch.ts';

failOnLeaks();

test('as many lines are put under way at once as one batch may have', async () => {
  const { driver, held, taken } = await openTestBatch();
  const lines = Array.from({ length: 4096 }, (_, index) => line(index));
  expect(await driver.take(held, { ...taken, lines })).toBe('taken');
  expect(await driver.readOpenLines(held.id)).toHaveLength(4096);
});

test('runs whose results are written leave the list of runs at once, and their records soon after', async () => {
  const { driver, redis, keys } = await openTestBatch();
  const [written, other] = [createRunId(1), createRunId(2)];
  for (const id of [written, other]) {
    await redis.zadd(keys.listedRuns, '1', id);
    await redis.hset(keys.run(id), { tenant });
  }
  await driver.forgetRuns([written], 50);
  expect(await redis.zrange(keys.listedRuns, '0', '-1')).toEqual([other]);
  await expect.poll(() => redis.exists(keys.run(written))).toBe(0);
  expect(await redis.pttl(keys.run(other))).toBe(-1);
});

describe('a batch', () => {
  test('is one process’s own until that says nothing for long', async () => {
    const { driver, held, expire, claim } = await openTestBatch();
    expect(await driver.claim(10, leaseMs)).toEqual([]);
    await expire();
    const next = await claim();
    expect(next).toEqual({ id: held.id, epoch: held.epoch + 1 });
    expect(await driver.renew([held, next], leaseMs)).toEqual({
      statuses: [undefined, 'validating'],
      active: 1,
    });
  });

  test('that is given back is there for others at once, but not by one that has lost it', async () => {
    const { driver, held, expire, claim } = await openTestBatch();
    await driver.renew([held], 0);
    const next = await claim();
    await driver.renew([held], 0);
    expect(await driver.claim(10, leaseMs)).toEqual([]);
    await expire();
    expect(await claim()).toMatchObject({ epoch: next.epoch + 1 });
  });

  test('is not changed by a process that has lost it', async () => {
    const { driver, record, held, taken, results, expire, claim, get } = await openTestBatch();
    await driver.take(held, taken);
    await expire();
    const next = await claim();
    const before = await get();
    const fields = { total: 7 };
    expect(await driver.move(held, { from: 'validating', to: 'in_progress', fields })).toBe('fenced');
    expect(await driver.take(held, { ...taken, from: { offset: 40 }, to: { offset: 50, number: 5 } })).toBe(
      'fenced',
    );
    expect(await driver.retry(held, line(1))).toBe('fenced');
    expect(await driver.record(held, record, await results([1]))).toBe('fenced');
    expect(await driver.finish(held, record, { end: 'completed', nowS: 1, faults: [] })).toBe('fenced');
    expect(await get()).toEqual(before);
    expect(await driver.readOpenLines(next.id)).toHaveLength(3);
  });

  test('moves on from one status only', async () => {
    const { driver, batches, record, held, get } = await openTestBatch();
    const begin = { from: 'validating', to: 'in_progress', fields: { total: 7, in_progress_at: 5 } } as const;
    expect(await driver.move(held, begin)).toBe('in_progress');
    expect(await driver.move(held, begin)).toBe('in_progress');
    expect(await batches.cancel(record, 6)).toBe('cancelling');
    expect(await batches.cancel(record, 7)).toBe('cancelling');
    const end = { from: 'in_progress', to: 'finalizing', fields: { ending: 'completed' } } as const;
    expect(await driver.move(held, end)).toBe('cancelling');
    expect(await get()).toMatchObject({
      status: 'cancelling',
      ending: 'cancelled',
      times: { in_progress_at: 5, cancelling_at: 6 },
      counts: { total: 7 },
    });
  });
});

describe('lines', () => {
  test('are taken once, however often that is sent', async () => {
    const { driver, held, taken, get } = await openTestBatch();
    expect(await driver.take(held, taken)).toBe('taken');
    expect(await driver.take(held, taken)).toBe('taken');
    expect(await driver.take(held, { ...taken, to: { offset: 60, number: 6 } })).toBe('fenced');
    expect(await driver.readOpenLines(held.id)).toEqual(taken.lines);
    expect((await get()).cursor).toEqual({ offset: 40, number: 4 });
  });

  test('remember their attempt', async () => {
    const { driver, held, taken } = await openTestBatch();
    await driver.take(held, taken);
    const later = { ...line(2), attempt: 3, notBeforeMs: 99 };
    expect(await driver.retry(held, later)).toBe('noted');
    expect(await driver.retry(held, line(9))).toBe('fenced');
    expect(await driver.readOpenLines(held.id)).toEqual([line(1), later, line(3)]);
  });

  test('have one result, which is counted once, however often it is sent', async () => {
    const { driver, record, held, taken, begin, results, get, textOf, batches } = await openTestBatch();
    await driver.take(held, taken);
    const [done, failed] = [await results([1, 3]), await results([2], true)];
    expect(await driver.record(held, record, done)).toBe('absent');
    await begin(record.outputFileId);
    await begin(record.errorFileId);
    for (const sent of [done, done, failed, failed]) {
      expect(await driver.record(held, record, sent)).toBe('recorded');
    }
    expect(await textOf(record.outputFileId)).toBe('1\n3\n');
    expect(await textOf(record.errorFileId)).toBe('2\n');
    expect(await driver.readOpenLines(held.id)).toEqual([]);
    expect(await get()).toMatchObject({
      counts: { completed: 2, failed: 1 },
      usage: { inputTokens: 2, cachedTokens: 4, outputTokens: 6, reasoningTokens: 8, costUsd: 1 },
      hasOutput: true,
      hasErrors: true,
    });
    expect(await batches.readSegments(held.id, 0)).toEqual([
      { output: { start: 0, bytes: 4, lines: 2 }, errors: { start: 0, bytes: 0, lines: 0 } },
      { output: { start: 0, bytes: 0, lines: 0 }, errors: { start: 0, bytes: 2, lines: 1 } },
    ]);
  });

  test('that have a result get no second one', async () => {
    const { driver, record, held, taken, begin, results, textOf } = await openTestBatch();
    await driver.take(held, taken);
    await begin(record.outputFileId);
    await driver.record(held, record, await results([1]));
    await driver.record(held, record, await results([2]));
    expect(await driver.record(held, record, await results([1, 3]))).toBe('fenced');
    expect(await textOf(record.outputFileId)).toBe('1\n2\n');
    expect(await driver.readOpenLines(held.id)).toEqual([line(3)]);
  });

  test('are not written to a file that was deleted, nor from a blob that was given up', async () => {
    const { driver, record, held, taken, begin, results, files, staging, get } = await openTestBatch();
    await driver.take(held, taken);
    await begin(record.outputFileId);
    const lost = await results([1]);
    if (lost.output) await staging.discard(lost.output.content);
    expect(await driver.record(held, record, lost)).toBe('given-up');
    await driver.record(held, record, await results([1]));
    await files.remove(tenant, record.outputFileId);
    expect(await driver.record(held, record, await results([2]))).toBe('deleted');
    expect((await get()).counts).toMatchObject({ completed: 1 });
    expect(await driver.readOpenLines(held.id)).toEqual([line(2), line(3)]);
  });
});

test('an end lets record and files expire, and leaves nothing to drive', async () => {
  const { driver, record, held, taken, begin, results, files, redis, keys, get, batches } =
    await openTestBatch();
  await driver.take(held, taken);
  await begin(record.outputFileId);
  await driver.record(held, record, await results([1]));
  const nowS = Math.floor(Date.now() / 1000);
  const faults = [{ code: 'x', message: 'y', param: null, line: 2 }];
  const finish = { end: 'failed', nowS, faults } as const;
  expect(await driver.finish(held, record, finish)).toBe('finished');
  expect(await driver.finish(held, record, finish)).toBe('finished');
  expect(await get()).toMatchObject({ status: 'failed', times: { failed_at: nowS }, faults });
  expect(await files.get(tenant, record.outputFileId)).toMatchObject({ expiresAt: nowS + 3600 });
  expect(await redis.zscore(keys.fileExpiry, `${tenant} ${record.outputFileId}`)).toBe(
    `${(nowS + 3600) * 1000}`,
  );
  expect(await redis.exists(keys.batchOpenLines(held.id))).toBe(0);
  expect(await redis.pttl(keys.batch(held.id))).toBeGreaterThan(29 * 86_400_000);
  expect(await redis.zcard(keys.activeBatches)).toBe(0);
  expect(await redis.zcard(keys.dueWebhooks)).toBe(0);
  expect(await batches.cancel(record, nowS)).toBe('failed');
});
