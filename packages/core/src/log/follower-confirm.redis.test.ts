import { expect, it, onTestFinished } from 'vitest';
import { newRun } from '../../../../tests/support/new-run.ts';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createChannel } from '../redis/channel.ts';
import { createKeys } from '../redis/keys.ts';
import { createFollower } from './follower.ts';
import { createRedisRunLog } from './redis-run-log.ts';

const never = new AbortController().signal;

/** An API's follower, and a provisional run that it is told of. */
async function open() {
  const keys = createKeys(randomPrefix());
  const log = createRedisRunLog({ redis: connectTestRedis(), keys, retentionMs: 60_000 });
  const openFollower = async (name: string) => {
    const channel = createChannel(connectTestRedis(), keys.replyChannel(name));
    const follower = createFollower({
      log,
      channel,
      maxBufferedBytes: 65_536,
      silenceMs: 600_000,
      giveUpMs: 1000,
    });
    await follower.start();
    onTestFinished(() => follower.close());
    return follower;
  };
  const follower = await openFollower('one');
  const run = newRun(follower.channelName, { provisional: true });
  await log.accept(run);
  return { log, follower, run, openFollower };
}

it('confirms a run whose acceptance it knows, when the worker asks', async () => {
  const { log, follower, run } = await open();
  const events = follower.follow(run.id, { afterSeq: 0, fresh: true, signal: never });
  expect(await log.isConfirmed(run.id)).toBe(false);
  expect(await log.isConfirmed(run.id)).toBe(false);
  events.confirm();
  await expect.poll(() => log.isConfirmed(run.id)).toBe(true);
});

it('leaves a run that nobody waits for when it is asked to confirm it', async () => {
  const { log, run } = await open();
  expect(await log.heard([run.id])).toEqual([true]);
  expect(await log.isConfirmed(run.id)).toBe(false);
  await expect.poll(() => log.heard([run.id])).toEqual([false]);
  expect(await log.isConfirmed(run.id)).toBe(false);
});

it('confirms a run by reading it for a client that came back to another API', async () => {
  const { log, run, openFollower } = await open();
  const other = await openFollower('two');
  const reading = other
    .follow(run.id, { afterSeq: 0, fresh: false, signal: never })
    [Symbol.asyncIterator]()
    .next();
  await expect.poll(() => log.isConfirmed(run.id)).toBe(true);
  await log.end(run.id, { reason: 'cancelled', by: 'client' });
  expect(await reading).toMatchObject({ value: [{ type: 'run-end' }] });
});
