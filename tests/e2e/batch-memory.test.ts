import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { createKeys } from '../../packages/core/src/redis/keys.ts';
import { batchLine, chat, createBatchClient, hasEnded } from '../support/batch-client.ts';
import { formBody } from '../support/form-body.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute } from '../support/start-calute.ts';
import { startPrivateRedis } from '../support/start-private-redis.ts';
import { connectTestRedis } from '../support/test-redis.ts';
import { readMemory, watchMemory } from '../support/watch-memory.ts';

const mebibyte = 1024 * 1024;
const lines = 2000;
const lineBytes = 100 * 1024;

/** 200 MB of input, of which the model says a little. */
it('200 MB of lines run in flat memory, and take a bounded share of Redis', { timeout: 180_000 }, async ({ annotate }) => {
  await using redis = await startPrivateRedis({ aof: false });
  await using calute = await prepareCalute(passOn('up'));
  await calute.upstream.script('up', textAnswer(['done']));
  const settings = { REDIS_URL: redis.url };
  const [api, worker] = await Promise.all([
    calute.startApi(settings),
    calute.startWorker({ ...settings, WORKER_CONCURRENCY: '32' }),
  ]);
  const client = createBatchClient(api.url, 'none');
  await client.openai.batches.list();
  const idle = await Promise.all([api, worker].map(({ process }) => readMemory(process.pid ?? 0)));
  const watches = [api, worker].map(({ process }) => watchMemory(process.pid ?? 0));
  const store = connectTestRedis(redis.url);
  const idleRedis = await usedMemory(store);
  let mostRedis = 0;

  const filler = 'x'.repeat(lineBytes);
  const { headers, body } = formBody({
    fields: { purpose: 'batch' },
    content: (function* () {
      for (let index = 0; index < lines; index += 1) {
        yield Buffer.from(`${batchLine(`line-${index}`, chat('up', filler))}\n`);
      }
    })(),
  });
  const uploaded = await fetch(`${api.url}/v1/files`, {
    method: 'POST',
    headers,
    body: Readable.toWeb(Readable.from(body)) as ReadableStream, // because the two declarations differ
    duplex: 'half',
  });
  const { id } = (await uploaded.json()) as { id: string }; // because the next line fails otherwise
  const made = await client.openai.batches.create({
    input_file_id: id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  });
  const begunAt = performance.now();
  const look = async () => {
    mostRedis = Math.max(mostRedis, await usedMemory(store));
    return hasEnded(await client.openai.batches.retrieve(made.id));
  };
  await expect.poll(look, { timeout: 150_000, interval: 100 }).toBe(true);
  const seconds = (performance.now() - begunAt) / 1000;
  const batch = await client.openai.batches.retrieve(made.id);
  expect(batch.request_counts).toEqual({ total: lines, completed: lines, failed: 0 });
  const peaks = await Promise.all(watches.map((watch) => watch.stop()));
  const [apiGrown = 0, workerGrown = 0] = peaks.map((peak, index) => (peak - (idle[index] ?? 0)) / mebibyte);
  const redisGrown = (mostRedis - idleRedis) / mebibyte;
  const figures = { seconds, apiGrown, workerGrown, redisGrown };
  await annotate(JSON.stringify(figures));
  console.log(JSON.stringify(figures));
  void createKeys;
});

async function usedMemory(redis: ReturnType<typeof connectTestRedis>): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}
