import { expect, test } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { connectTestRedis } from '../../../../../tests/support/test-redis.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';

test('frames of one append reach every channel of their run once, though runs share channels', async () => {
  const { redis, keys, log, claim, makeRoom } = openTestRunStore();
  const subscriber = connectTestRedis();
  await makeRoom(10);
  const one = keys.replyChannel('one');
  const two = keys.replyChannel('two');
  const runs = [newRun(one), newRun(two), newRun(keys.replyChannel('nobody'))] as const;
  for (const run of runs) {
    await log.accept(run);
    await claim(run.id);
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
  expect(await log.append(frames)).toEqual(['stored', 'stored', 'no-subscribers']);
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
