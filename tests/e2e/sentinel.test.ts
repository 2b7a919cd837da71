import { expect, test } from 'vitest';
import { checkRedis } from '../../scripts/redis/check-redis.ts';
import { ask } from '../support/chat-request.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute } from '../support/start-calute.ts';
import { startSentinels } from '../support/start-sentinels.ts';

test('API and worker find the primary by Sentinels, and its successor after a failover', {
  timeout: 60_000,
}, async () => {
  await using sentinels = await startSentinels();
  await using calute = await prepareCalute(passOn('model'));
  const settings = { REDIS_URL: sentinels.url };
  const [api, worker] = await Promise.all([calute.startApi(settings), calute.startWorker(settings)]);
  const post = () =>
    fetch(`${api.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ask('model')),
    });
  await calute.upstream.script('model', textAnswer(['before']));
  expect(await (await post()).json()).toMatchObject({ choices: [{ message: { content: 'before' } }] });
  await sentinels.primary.kill();
  await calute.upstream.script('model', textAnswer(['after']));
  const answer = async () => {
    const response = await post();
    return response.status === 200 ? response.json() : response.status;
  };
  const content = { choices: [{ message: { content: 'after' } }] };
  await expect.poll(answer, { timeout: 15_000, interval: 200 }).toMatchObject(content);
  expect(await checkRedis(sentinels.url)).toEqual({ outcome: 'usable', warnings: [] });
  expect(await worker.stop('SIGTERM')).toBe(0);
  expect(await api.stop('SIGTERM')).toBe(0);
});

test('Sentinels that nobody reaches are told without waiting for ever', async () => {
  const check = await checkRedis('redis-sentinel://127.0.0.1:1,127.0.0.1:2/primary');
  expect(check).toMatchObject({
    outcome: 'unusable',
    message: expect.stringContaining('127.0.0.1:1,127.0.0.1:2'),
  });
});
