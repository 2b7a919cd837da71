import { expect, inject, it } from 'vitest';
import { connectRunStore } from '../../packages/core/src/partitions/open-run-store.ts';
import { decodeEvents } from '../../packages/core/src/runs/frame-payload.ts';
import { newRun } from '../support/new-run.ts';
import { startWorker } from '../support/start-role.ts';
import { connectTestRedis, randomPrefix } from '../support/test-redis.ts';

/** Requests with the outline of one, which no API stores. */
const brokenChats: readonly object[] = [
  { model: 'echo', messages: [null] },
  { model: 'echo', messages: [{ role: 'user', content: 7 }] },
  { model: 'echo', messages: [], tools: 'none', stop: {} },
];

it('ends each run whose stored request is broken within, and does those around it', {
  timeout: 20_000,
}, async () => {
  const prefix = randomPrefix();
  const redis = connectTestRedis();
  const onError = () => undefined;
  const config = { CALUTE_PREFIX: prefix, RUN_RETENTION_S: 60 };
  const { log, dispatcher, closeQueue } = connectRunStore(redis, config, { onError });
  await using worker = await startWorker({ REDIS_URL: inject('redisUrl'), CALUTE_PREFIX: prefix });
  const endOf = async (run: ReturnType<typeof newRun>) => {
    const page = await log.read(run.id, { afterSeq: 0, limit: 100 });
    const last = page.outcome === 'found' ? page.frames.at(-1) : undefined;
    return last && decodeEvents(last.payload).at(-1);
  };
  const runs = brokenChats.map((chat) => {
    const run = newRun('nobody');
    return { ...run, request: { ...run.request, chat: { ...run.request.chat, ...chat } } };
  });
  const good = newRun('nobody');
  for (const run of [...runs, good]) {
    const accepted = await log.accept(run);
    if (accepted.outcome !== 'accepted') throw new Error(accepted.outcome);
    await dispatcher.dispatch(run.id, { waits: accepted.queue !== undefined });
  }
  for (const run of runs) {
    await expect
      .poll(() => endOf(run), { timeout: 5000 })
      .toMatchObject({ end: { reason: 'failed', code: 'internal_error' } });
  }
  await expect.poll(() => endOf(good), { timeout: 5000 }).toMatchObject({ end: { reason: 'completed' } });
  expect(worker.process.exitCode).toBeNull();
  await closeQueue();
});
