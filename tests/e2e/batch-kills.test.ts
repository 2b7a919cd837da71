import { setTimeout as delay } from 'node:timers/promises';
import type { Batch } from 'openai/resources/batches';
import { expect, test } from 'vitest';
import { batchLine, chat, createBatchClient, hasEnded } from '../support/batch-client.ts';
import { createKeySecrets } from '../support/key-secrets.ts';
import { startRestlessRoles } from '../support/restless-roles.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute } from '../support/start-calute.ts';
import { startPrivateRedis } from '../support/start-private-redis.ts';

/** `BATCH_LINES=5000 KILL_S=600 npm test -- tests/e2e/batch-kills.test.ts` is the long run. */
const count = Number(process.env['BATCH_LINES'] ?? 300);
/** So long something is killed every 200 ms, unless the batch ends before. */
const killS = Number(process.env['KILL_S'] ?? 8);
const seed = Number(process.env['SEED'] ?? 20261129);

test('whatever is killed, every line stands once in one of the files, and counts never go back', {
  timeout: (killS + 120) * 1000,
}, async ({ annotate }) => {
  await using redis = await startPrivateRedis({ aof: true });
  await using calute = await prepareCalute(passOn('up'));
  await calute.upstream.script('up', [{ type: 'delay', delayMs: 20 }, ...textAnswer(['done'])]);
  const [key = ''] = await createKeySecrets({ ...calute.environment, REDIS_URL: redis.url }, [
    ['files', 'batches'],
  ]);
  await using roles = await startRestlessRoles({
    ...{ calute, redis, apis: 2, workers: 2, everyMs: 200, redisEvery: 20, seed },
  });
  /** Asks whoever lives, until somebody answers. */
  const ask = async <Answer>(question: (client: ReturnType<typeof createBatchClient>) => Promise<Answer>) => {
    for (let tries = 0; ; tries += 1) {
      const url = roles.url();
      try {
        if (url !== undefined) return await question(createBatchClient(url, key));
      } catch (error) {
        if (tries === 200) throw error;
      }
      await delay(50);
    }
  };
  const lines = Array.from({ length: count }, (_, index) =>
    batchLine(`line-${index}`, chat('up', `${index}`)),
  );
  const file = await ask(({ openai }) =>
    openai.files.create({ file: new File([lines.join('\n')], 'lines.jsonl'), purpose: 'batch' }),
  );
  const settings = {
    input_file_id: file.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  } as const;
  const made = await ask(({ openai }) =>
    openai.batches.create(settings, { headers: { 'idempotency-key': 'once' } }),
  );

  const begunAt = performance.now();
  const seen: Batch[] = [made];
  for (let batch = made; !hasEnded(batch); ) {
    if (performance.now() - begunAt > killS * 1000) await roles.calm();
    await delay(50);
    batch = await ask(({ openai }) => openai.batches.retrieve(made.id));
    seen.push(batch);
  }
  const seconds = Math.round((performance.now() - begunAt) / 1000);
  await annotate(`${count} lines in ${seconds} s under ${JSON.stringify(roles.kills)} kills`);
  await roles.calm();

  const last = seen.at(-1);
  expect(last).toMatchObject({
    status: 'completed',
    request_counts: { total: count, completed: count, failed: 0 },
  });
  const counts = seen.map(({ request_counts: of }) => (of?.completed ?? 0) + (of?.failed ?? 0));
  expect(counts).toEqual(counts.toSorted((one, other) => one - other));
  const { output, errors } = await ask((client) => client.results(last ?? made));
  const ids = [...output, ...errors].map(({ custom_id: id }) => id);
  expect(ids).toHaveLength(count);
  expect(new Set(ids).size).toBe(count);
});
