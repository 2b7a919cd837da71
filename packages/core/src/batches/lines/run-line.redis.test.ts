import { expect, onTestFinished, test } from 'vitest';
import { connectTestRedis } from '../../../../../tests/support/test-redis.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import { chatRequestSchema } from '../../protocol/chat-request.ts';
import { createChannel } from '../../redis/channel.ts';
import { createPartitioning } from '../../redis/partitioning.ts';
import { createFollower } from '../../run-store/read/follower.ts';
import { newBatchRecord } from '../testing/new-batch-record.ts';
import { runIdOf } from './line-ids.ts';
import { runLine } from './run-line.ts';

test('a line whose batch is cancelled while it is admitted makes no run', async () => {
  const { keys, log } = openTestRunStore();
  const channel = createChannel(connectTestRedis(), keys.replyChannel('one'));
  const follower = createFollower({ log, channel, maxBufferedBytes: 1, silenceMs: 1000, giveUpMs: 1000 });
  await follower.start();
  onTestFinished(() => follower.close());
  const partitioning = createPartitioning(1);
  const dispatcher = { dispatch: async () => undefined };
  const parts = { log, follower, partitioning, dispatcher, maxLiveRuns: 9, attemptTimeoutMs: 1000 };
  const batch = newBatchRecord();
  const line = { number: 1, offset: 0, end: 9, customId: 'one', attempt: 0, notBeforeMs: 0 };
  const stop = new AbortController();
  const cancelled = new Error('The batch was cancelled.');
  const chat = chatRequestSchema.parse({ model: 'echo', messages: [{ role: 'user', content: 'Hi' }] });
  const admit = async () => {
    stop.abort(cancelled);
    return { chat };
  };
  const context = {
    batch,
    endpoint: { admit, hasModel: async () => true },
    input: { readOne: () => expect.unreachable() },
    onRetry: async () => undefined,
    signal: stop.signal,
  };
  const ran = runLine({ ...parts, now: Date.now }, context, { line, fresh: { body: {} } });
  await expect(ran).rejects.toBe(cancelled);
  const read = await log.read(runIdOf(batch, line, partitioning), { afterSeq: 0, limit: 1 });
  expect(read).toEqual({ outcome: 'unknown' });
});
