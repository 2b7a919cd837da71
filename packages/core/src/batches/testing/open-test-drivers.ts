import { onTestFinished } from 'vitest';
import { connectTestRedis } from '../../../../../tests/support/test-redis.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import { openTestFiles, tenant } from '../../files/testing/open-test-files.ts';
import { createLogger } from '../../logging/logger.ts';
import { chatRequestSchema } from '../../protocol/chat-request.ts';
import { createChannel } from '../../redis/channel.ts';
import { createPartitioning } from '../../redis/partitioning.ts';
import { createFollower } from '../../run-store/read/follower.ts';
import type { BatchRecord } from '../batch.ts';
import { createBatchDriver, type DriverParts } from '../drive/create-driver.ts';
import { createBatchStore } from '../store/batch-store.ts';
import { createDriverStore } from '../store/driver-store.ts';
import { newBatchRecord } from './new-batch-record.ts';

const url = '/v1/chat/completions';
const chat = chatRequestSchema.parse({ model: 'echo', messages: [{ role: 'user', content: 'Hi' }] });
/** Has one model, and takes every body. */
export const endpoint = { admit: async () => ({ chat }), hasModel: async () => true };

/** What drives batches, on the tests' Redis and without workers; call it inside a test. */
export async function openTestDrivers() {
  const files = await openTestFiles({ limits: { maxFileBytes: 100_000, quotaBytes: 1_000_000 } });
  const { redis, keys } = files;
  const { log, backlog, keys: runKeys } = openTestRunStore();
  const channel = createChannel(connectTestRedis(), runKeys.replyChannel('one'));
  const follower = createFollower({ log, channel, maxBufferedBytes: 1, silenceMs: 1000, giveUpMs: 1000 });
  await follower.start();
  onTestFinished(() => follower.close());
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ role: 'test', level: 'info', destination });
  const store = createDriverStore({ redis, keys, keysOf: () => runKeys });
  const batches = createBatchStore({ redis, keys });
  const partitioning = createPartitioning(1);
  const parts: DriverParts = {
    ...{ store, files, log, backlog, follower, partitioning, logger },
    endpoints: new Map([[url, endpoint]]),
    dispatcher: { dispatch: async () => undefined },
    queue: { remove: async () => undefined },
    ...{ maxLiveRuns: 1000, attemptTimeoutMs: 60_000, maxLineBytes: 10_000, retentionMs: 60_000 },
    now: Date.now,
    onError: (error) => void lines.push(String(error)),
  };
  return {
    ...{ files, redis, keys, log, store, batches, partitioning },
    /** One process. */
    openDriver(different: Partial<DriverParts> = {}) {
      const driver = createBatchDriver({ ...parts, ...different });
      onTestFinished(() => driver.stop());
      return driver;
    },
    async makeBatch(count: number, different: Partial<BatchRecord> = {}): Promise<BatchRecord> {
      const numbers = Array.from({ length: count }, (_, index) => index + 1);
      const body = { model: 'echo' };
      const texts = numbers.map((number) => ({ custom_id: `line-${number}`, method: 'POST', url, body }));
      const input = await files.make(texts.map((text) => `${JSON.stringify(text)}\n`).join(''));
      const record = newBatchRecord({ tenant, inputFileId: input.id, ...different });
      await batches.create(record);
      return record;
    },
    /** Lets a batch be claimed, as if its pause or lease were over. */
    release: ({ id }: BatchRecord) => redis.zadd(keys.activeBatches, 0, id),
    /** What was logged under this name. */
    logged: (message: string) =>
      lines.filter((line) => line.includes(`"${message}"`)).map((line): unknown => JSON.parse(line)),
  };
}
