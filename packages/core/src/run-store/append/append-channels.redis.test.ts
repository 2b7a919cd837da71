import { expect, test } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { connectTestRedis, randomPrefix } from '../../../../../tests/support/test-redis.ts';
import { createKeys } from '../../redis/keys.ts';
import { createRedisRunLog } from '../redis-run-log.ts';

test('frames of one append reach every channel of their run once, though runs share channels', async () => {
  const redis = connectTestRedis();
  const subscriber = connectTestRedis();
  const keys = createKeys(randomPrefix());
  const log = createRedisRunLog({ redis, keys, retentionMs: 60_000 });
  const one = keys.replyChannel('one');
  const two = keys.replyChannel('two');
  const runs = [newRun(one), newRun(two), newRun(keys.replyChannel('nobody'))] as const;
  for (const run of runs) {
    await log.accept(run);
    await log.claim(run.id, 'control');
  }
  await log.read(runs[0].id, { afterSeq: 0, limit: 1, channel: two });
  const lines: string[] = [];
  const told = Promise.withResolvers<void>();
  subscriber.on('message', (channel: string, message: string) => {
    if (message === 'last') return told.resolve();
    for (const line of message.trimEnd().split('\n')) lines.push(`${channel} ${line}`);
  });
  await subscriber.subscribe(one, two);
  const frames = runs.map(({ id }) => ({ runId: id, epoch: 1, seq: 1, visible: true, payload: '["hello"]' }));
  expect(await log.append(frames)).toEqual(['stored', 'stored', 'unheard']);
  await redis.publish(one, 'last');
  await told.promise;
  expect(lines.sort()).toEqual(
    [
      `${one} ${runs[0].id} 1 ["hello"]`,
      `${two} ${runs[0].id} 1 ["hello"]`,
      `${two} ${runs[1].id} 1 ["hello"]`,
    ].sort(),
  );
});
