import { OpenAI } from 'openai';
import { expect, it } from 'vitest';
import { deadAfterMs } from '../../packages/core/src/fleet/worker-reports.ts';
import { createKeys } from '../../packages/core/src/redis/keys.ts';
import { ask } from '../support/chat-request.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute } from '../support/start-calute.ts';
import { connectTestRedis } from '../support/test-redis.ts';

/** Those who wait for a slot look several times a second; the rest is for a slow machine. */
const soonMs = 2000;

it('the slots of a killed worker are free as soon as it counts as dead', { timeout: 60_000 }, async () => {
  await using calute = await prepareCalute(passOn('held', 'next'));
  const { upstream, environment } = calute;
  const redis = connectTestRedis();
  const keys = createKeys(environment['CALUTE_PREFIX']);
  const settings = { OPENAI_MAX_CONCURRENCY: '2' };
  const [api, doomed] = await Promise.all([calute.startApi(), calute.startWorker(settings)]);
  const { completions } = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 }).chat;
  await upstream.script('held', [{ type: 'hang' }], [{ type: 'hang' }], textAnswer(['Fine']));
  await upstream.script('next', textAnswer(['Fine']));
  const held = [completions.create(ask('held')), completions.create(ask('held'))];
  await upstream.waitForRequests('held', 2);
  await doomed.stop('SIGKILL');
  const [reported = ''] = await redis.hvals(keys.workerReports);
  const deadAtMs = Number.parseInt(reported, 10) + deadAfterMs;
  await calute.startWorker(settings);
  const next = await completions.create(ask('next'));
  const [seconds] = await redis.time();
  expect(next.choices[0]?.message.content).toBe('Fine');
  expect(Number(seconds) * 1000 - deadAtMs).toBeLessThan(soonMs);
  for (const { choices } of await Promise.all(held)) expect(choices[0]?.message.content).toBe('Fine');
});
