import { OpenAI } from 'openai';
import { expect, test } from 'vitest';
import { closeRedis, connectRedis } from '../../packages/core/src/redis/connect.ts';
import { ask } from '../support/chat-request.ts';
import { installUsers } from '../support/redis-users.ts';
import { prepareCalute } from '../support/start-calute.ts';
import { startRedisCluster } from '../support/start-redis-cluster.ts';

const password = 'secret-of-a-test';

test('API and worker run on a Cluster as users with the least rights', async () => {
  await using cluster = await startRedisCluster();
  for (const { port } of cluster.nodes) {
    const admin = connectRedis(`redis://127.0.0.1:${port}`, 'worker', () => undefined);
    await installUsers(admin, password);
    await closeRedis(admin, 1000);
  }
  await using calute = await prepareCalute([{ id: 'model', model: 'offline:lorem?tokens=5' }]);
  const urlOf = (user: string) => cluster.url.replace('//', `//${user}:${password}@`);
  const shared = { CALUTE_PREFIX: 'calute', REDIS_PARTITIONS: '4' };
  const worker = await calute.startWorker({ ...shared, REDIS_URL: urlOf('calute-worker') });
  const api = await calute.startApi({ ...shared, REDIS_URL: urlOf('calute-api') });
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const answer = await openai.chat.completions.create(ask('model'), {
    headers: { 'Idempotency-Key': 'one' },
  });
  expect(answer.choices[0]?.message.content).not.toBe('');
  const stream = await openai.chat.completions.create({ ...ask('model'), stream: true });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  expect(text).toBe(answer.choices[0]?.message.content);
  expect(`${worker.log()}${api.log()}`).not.toContain('NOPERM');
});
