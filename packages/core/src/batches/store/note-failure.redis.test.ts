import { describe, expect, test } from 'vitest';
import { failOnLeaks } from '../../../../../tests/support/leaks.ts';
import { leaseMs, openTestBatch } from '../testing/open-test-batch.ts';

failOnLeaks();

describe('a batch that cannot be driven', () => {
  const pausesMs = [10_000, 20_000];

  test('is nobody’s for longer and longer, and stays whose it is when the pauses are used up', async () => {
    const { driver, held, expire, claim, redis, keys } = await openTestBatch();
    let last = held;
    for (const [index, pauseMs] of pausesMs.entries()) {
      expect(await driver.noteFailure(last, pausesMs)).toBe(index + 1);
      expect(await driver.renew([last], leaseMs)).toMatchObject({ statuses: [undefined] });
      expect(await driver.claim(10, leaseMs)).toEqual([]);
      const leftMs = Number(await redis.zscore(keys.activeBatches, held.id)) - Date.now();
      expect(Math.round(leftMs / 10_000)).toBe(pauseMs / 10_000);
      await expire();
      last = await claim();
    }
    expect(await driver.noteFailure(last, pausesMs)).toBe(3);
    expect(await driver.renew([last], leaseMs)).toMatchObject({ statuses: ['validating'] });
  });

  test('is counted as one by its driver alone', async () => {
    const { driver, held, expire, claim } = await openTestBatch();
    await expire();
    const next = await claim();
    expect(await driver.noteFailure(held, pausesMs)).toBe('fenced');
    expect(await driver.noteFailure(next, pausesMs)).toBe(1);
  });

  test('begins to count anew with each step and each result', async () => {
    const { driver, record, held, taken, begin, results } = await openTestBatch();
    const fail = () => driver.noteFailure(held, []);
    await driver.take(held, taken);
    await begin(record.outputFileId);
    expect([await fail(), await fail()]).toEqual([1, 2]);
    await driver.move(held, { from: 'validating', to: 'in_progress', fields: {} });
    expect([await fail(), await fail()]).toEqual([1, 2]);
    await driver.record(held, record, await results([1]));
    expect(await fail()).toBe(1);
  });
});
