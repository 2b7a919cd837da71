import { expect, test } from 'vitest';
import { failOnLeaks } from '../../../../../tests/support/leaks.ts';
import { tenant } from '../../files/testing/open-test-files.ts';
import type { AcceptOutcome, NewRun } from '../../run-store/run-log.ts';
import { runIdOf } from '../lines/line-ids.ts';
import { endpoint, openTestDrivers } from '../testing/open-test-drivers.ts';

failOnLeaks();

test('a process that has lost a batch begins no run of a line that the next one has closed', async () => {
  const { makeBatch, openDriver, batches, log, partitioning } = await openTestDrivers();
  const record = await makeBatch(1);
  const [frozen, thawed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const accepted = Promise.withResolvers<AcceptOutcome>();
  const admit = async () => {
    frozen.resolve();
    await thawed.promise;
    return await endpoint.admit();
  };
  const accept = async (run: NewRun) => {
    const outcome = log.accept(run);
    accepted.resolve(outcome);
    return await outcome;
  };
  const endpoints = new Map([[record.endpoint, { ...endpoint, admit }]]);
  await openDriver({ endpoints, log: { ...log, accept }, leaseMs: 50 }).wake();
  await frozen.promise;

  await batches.cancel(record, 1);
  const next = openDriver();
  const look = async () => {
    await next.wake();
    return (await batches.get(tenant, record.id))?.status;
  };
  await expect.poll(look).toBe('cancelled');
  thawed.resolve();
  await expect(accepted.promise).rejects.toMatchObject({ code: 'store_unavailable' });
  const runId = runIdOf(record, { number: 1, attempt: 0 }, partitioning);
  expect(await log.read(runId, { afterSeq: 0, limit: 1 })).toEqual({ outcome: 'unknown' });
});

test('a batch is given back once nothing that was accepted for it is on its way', async () => {
  const { makeBatch, openDriver, log, store, logged } = await openTestDrivers();
  await makeBatch(1);
  const [sent, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const accept = async (run: NewRun) => {
    sent.resolve();
    await answered.promise;
    return await log.accept(run);
  };
  const driver = openDriver({ log: { ...log, accept } });
  await driver.wake();
  await sent.promise;
  const stopped = driver.stop();
  await expect.poll(() => logged('batch.left'), { timeout: 5000 }).toHaveLength(1);
  expect(await store.claim(1, 1000)).toEqual([]);
  answered.resolve();
  await stopped;
  expect(await store.claim(1, 1000)).toHaveLength(1);
});
