import { expect, test } from 'vitest';
import { failOnLeaks } from '../../../../../tests/support/leaks.ts';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { tenant } from '../../files/testing/open-test-files.ts';
import { createWebhookSecret } from '../../webhooks/webhook-event.ts';
import type { BatchRecord } from '../batch.ts';
import { runIdOf } from '../lines/line-ids.ts';
import { openTestDrivers } from '../testing/open-test-drivers.ts';

failOnLeaks();

/** The version before. */
const knowsNothing = { endpoints: new Map() };

async function open() {
  const drivers = await openTestDrivers();
  const { batches, redis, keys } = drivers;
  const get = async ({ id }: BatchRecord) => (await batches.get(tenant, id)) ?? expect.unreachable();
  return {
    ...drivers,
    get,
    failuresOf: ({ id }: BatchRecord) => redis.hget(keys.batch(id), 'drive_failures'),
    /** Lets a driver look until the batch is in this status. */
    until: (driver: { wake(): Promise<void> }, record: BatchRecord, status: string) =>
      expect
        .poll(async () => {
          await driver.wake();
          return (await get(record)).status;
        })
        .toBe(status),
  };
}

test('a batch that nobody can drive ends as failed, and its webhook and its operator are told', async () => {
  const { makeBatch, openDriver, until, get, logged, redis, keys } = await open();
  const webhook = { url: 'https://example.com', secret: createWebhookSecret() };
  const record = await makeBatch(1, { endpoint: '/v1/none', webhook });
  await until(openDriver({ pausesMs: [0, 0] }), record, 'failed');
  const message = expect.stringMatching(/failed at this batch 3 times in a row.*as a new batch/);
  expect(await get(record)).toMatchObject({
    times: { failed_at: expect.any(Number) },
    faults: [{ code: 'internal_error', message, param: null, line: null }],
  });
  expect(await redis.zrange(keys.dueWebhooks, '0', '-1')).toEqual([record.id]);
  expect(logged('batch.drive-failed')).toHaveLength(3);
  await expect
    .poll(() => logged('batch.given-up'))
    .toMatchObject([
      { batchId: record.id, failures: 3, err: { message: 'This version knows no endpoint /v1/none.' } },
    ]);
});

test('what was done before a batch is given up stays, and what runs is ended', async () => {
  const { makeBatch, openDriver, until, get, release, files, store, log, partitioning } = await open();
  const record = await makeBatch(3);
  const [held = expect.unreachable()] = await store.claim(1, 60_000);
  await store.move(held, { from: 'validating', to: 'in_progress', fields: { total: 3 } });
  const line = (number: number) => ({ number, offset: 0, end: 1, customId: '', attempt: 0, notBeforeMs: 0 });
  const lines = [1, 2].map(line);
  await store.take(held, { from: { offset: 0 }, to: { offset: 1, number: 3 }, lines });
  const file = { id: record.outputFileId, filename: 'x', purpose: 'batch_output', createdAt: 1 } as const;
  await files.growing.begin(tenant, { ...file, bytes: 0 });
  const output = { content: await files.stage('done\n', tenant, 0), lines: 1 };
  const usage = { inputTokens: 1, cachedTokens: 0, outputTokens: 1, reasoningTokens: 0, costUsd: 0 };
  await store.record(held, record, { lines: [1], output, errors: undefined, usage });
  const runId = runIdOf(record, line(2), partitioning);
  await log.accept(newRun('nobody', { id: runId }));
  await release(record);

  await until(openDriver({ ...knowsNothing, pausesMs: [] }), record, 'failed');
  expect(await get(record)).toMatchObject({
    counts: { total: 3, completed: 1, failed: 0 },
    faults: [{ code: 'internal_error' }],
    hasOutput: true,
  });
  expect(await files.read(await files.files.get(tenant, record.outputFileId))).toBe('done\n');
  expect(await log.read(runId, { afterSeq: 0, limit: 1 })).toMatchObject({ ended: true });
});

test('a version that can drive a batch takes it up, and the failures before are forgotten', async () => {
  const { makeBatch, openDriver, until, failuresOf } = await open();
  const record = await makeBatch(1);
  await openDriver({ ...knowsNothing, pausesMs: [0] }).wake();
  await expect.poll(() => failuresOf(record)).toBe('1');
  await until(openDriver(), record, 'in_progress');
  expect(await failuresOf(record)).toBe('0');
});

test('a batch that cannot even be read is left alone for the longest pause each time', async () => {
  const { makeBatch, openDriver, release, redis, keys, logged } = await open();
  const record = await makeBatch(1);
  await redis.hset(keys.batch(record.id), 'record', '{"from":"a later version"}');
  const driver = openDriver({ pausesMs: [60_000] });
  for (const tries of [1, 2, 3]) {
    await release(record);
    await driver.wake();
    await expect.poll(() => logged('batch.drive-failed')).toHaveLength(tries);
    const until = async () => Number(await redis.zscore(keys.activeBatches, record.id)) - Date.now();
    await expect.poll(until).toBeGreaterThan(50_000);
  }
  expect(logged('batch.give-up-failed')).toHaveLength(2);
});
