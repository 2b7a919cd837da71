import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { batchLine, chat, createBatchClient, hasEnded } from '../support/batch-client.ts';
import { formBody } from '../support/form-body.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute } from '../support/start-calute.ts';
import { startPrivateRedis } from '../support/start-private-redis.ts';
import type { StartedRole } from '../support/start-role.ts';
import { connectTestRedis } from '../support/test-redis.ts';
import { readMemory, watchMemory } from '../support/watch-memory.ts';

const mebibyte = 1024 * 1024;
/** `BATCH_LINES=50000 npm test -- tests/e2e/batch-memory.test.ts` is the long run, `BATCH_LINES=2000 LINE_BYTES=100000` one of long lines. */
const lines = Number(process.env['BATCH_LINES'] ?? 3000);
const lineBytes = Number(process.env['LINE_BYTES'] ?? 4096);
/** For a quick machine and a slow one. */
const timeoutMs = 60_000 + lines * (20 + lineBytes / 1000);

it('a batch takes a bounded share of Redis and of memory, however many lines it has', {
  timeout: timeoutMs,
}, async ({ annotate }) => {
  await using redis = await startPrivateRedis({ aof: false });
  await using calute = await prepareCalute(passOn('up'));
  await calute.upstream.script('up', textAnswer(['done']));
  const settings = { REDIS_URL: redis.url };
  const [api, worker] = await Promise.all([calute.startApi(settings), calute.startWorker(settings)]);
  const client = createBatchClient(api.url, 'none');
  await client.openai.batches.list();
  const store = connectTestRedis(redis.url);
  const idleRedis = await usedMemory(store);
  const [apiWatch, workerWatch] = await Promise.all([watchGrowth(api), watchGrowth(worker)]);

  const made = await client.openai.batches.create({
    input_file_id: await upload(api),
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  });
  const begunAt = performance.now();
  let mostRedis = 0;
  const look = async () => {
    mostRedis = Math.max(mostRedis, await usedMemory(store));
    return hasEnded(await client.openai.batches.retrieve(made.id));
  };
  await expect.poll(look, { timeout: timeoutMs, interval: 100 }).toBe(true);
  const seconds = (performance.now() - begunAt) / 1000;
  const batch = await client.openai.batches.retrieve(made.id);
  expect(batch.request_counts).toEqual({ total: lines, completed: lines, failed: 0 });

  const grown = {
    redis: mostRedis - idleRedis,
    api: await apiWatch.stop(),
    worker: await workerWatch.stop(),
  };
  const figures = Object.entries(grown).map(([who, bytes]) => `${who} ${Math.round(bytes / mebibyte)} MiB`);
  await annotate(`${lines} lines in ${Math.round(seconds)} s; above idle: ${figures.join(', ')}`);
  expect(grown.redis).toBeLessThan(20 * mebibyte);
  expect(grown.api).toBeLessThan(mostAboveIdle);
  expect(grown.worker).toBeLessThan(mostAboveIdle);
});

/** What V8 lets lie about before it looks for garbage is most of it: see `boundGarbage`. */
const mostAboveIdle = 100 * mebibyte;

async function upload({ url }: StartedRole): Promise<string> {
  const filler = 'x'.repeat(lineBytes);
  const { headers, body } = formBody({
    fields: { purpose: 'batch' },
    content: (function* () {
      for (let index = 0; index < lines; index += 1) {
        yield Buffer.from(`${batchLine(`line-${index}`, chat('up', filler))}\n`);
      }
    })(),
  });
  const uploaded = await fetch(`${url}/v1/files`, {
    method: 'POST',
    headers,
    body: Readable.toWeb(Readable.from(body)) as ReadableStream, // because the two declarations differ
    duplex: 'half',
  });
  const { id } = (await uploaded.json()) as { id: string }; // because a batch of anything else is refused
  return id;
}

async function watchGrowth({ process: { pid = 0 } }: StartedRole) {
  const idle = await readMemory(pid);
  const watch = watchMemory(pid);
  return { stop: async () => (await watch.stop()) - idle };
}

async function usedMemory(redis: ReturnType<typeof connectTestRedis>): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}
