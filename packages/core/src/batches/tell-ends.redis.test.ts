import { expect, test } from 'vitest';
import { failOnLeaks } from '../../../../tests/support/leaks.ts';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createLogger } from '../logging/logger.ts';
import { createKeys } from '../redis/keys.ts';
import type { SendOutcome } from '../webhooks/send-webhook.ts';
import { createWebhookSecret, type WebhookEvent } from '../webhooks/webhook-event.ts';
import { createBatchStore } from './store/batch-store.ts';
import { createDriverStore } from './store/driver-store.ts';
import { createTellEnds } from './tell-ends.ts';
import { newBatchRecord } from './testing/new-batch-record.ts';

failOnLeaks();

/** A batch that has ended, and a receiver that answers as told. */
async function open(answers: readonly SendOutcome[]) {
  const redis = connectTestRedis();
  const keys = createKeys(randomPrefix());
  const record = newBatchRecord({
    webhook: { url: 'https://hooks.example/', secret: createWebhookSecret() },
  });
  const driver = createDriverStore({ redis, keys, keysOf: () => keys });
  await createBatchStore({ redis, keys }).create(record);
  const [held] = await driver.claim(1, 1000);
  const nowS = Math.floor(Date.now() / 1000) - 1;
  if (held) await driver.finish(held, record, { end: 'expired', nowS, faults: [] });
  const told: WebhookEvent[] = [];
  const tell = createTellEnds({
    ...{ redis, keys, allowPrivate: false, now: Date.now },
    logger: createLogger({ role: 'test', level: 'silent' }),
    send: async (_, event) => {
      told.push(event);
      return answers[told.length - 1] ?? { outcome: 'failed', reason: 'away' };
    },
  });
  return {
    ...{ record, nowS, told, tell },
    /** When it is told again, from now; undefined when never. */
    async dueInMs() {
      const due = await redis.zscore(keys.dueWebhooks, record.id);
      return due === null ? undefined : Math.round((Number(due) - Date.now()) / 1000) * 1000;
    },
    hurry: () => redis.zadd(keys.dueWebhooks, 'XX', 0, record.id),
  };
}

test('an end is told once to a receiver that takes it', async () => {
  const { record, nowS, told, tell, dueInMs } = await open([{ outcome: 'delivered' }]);
  await tell();
  await tell();
  expect(told).toEqual([
    {
      id: record.id.replace('batch_', 'evt_'),
      object: 'event',
      created_at: nowS,
      type: 'batch.expired',
      data: { id: record.id },
    },
  ]);
  expect(await dueInMs()).toBeUndefined();
});

test('what fails is told again, later and later, and given up after a day', async () => {
  const { told, tell, dueInMs, hurry } = await open([]);
  const pauses: number[] = [];
  for (let pause: number | undefined = 0; pause !== undefined; pause = await dueInMs()) {
    pauses.push(pause);
    await hurry();
    await tell();
  }
  expect(told.length).toBe(pauses.length);
  expect(told.length).toBe(11);
  expect(new Set(told.map(({ id }) => id)).size).toBe(1);
  expect(pauses).toEqual(pauses.toSorted((one, other) => one - other));
  expect(pauses.reduce((sum, pause) => sum + pause)).toBeGreaterThan(23 * 3_600_000);
});
