import { expect, onTestFinished, test } from 'vitest';
import { connectTestRedis } from '../../../../../tests/support/test-redis.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import { chatRequestSchema } from '../../protocol/chat-request.ts';
import { createChannel } from '../../redis/channel.ts';
import { createPartitioning } from '../../redis/partitioning.ts';
import { createFollower } from '../../run-store/read/follower.ts';
import { newBatchRecord } from '../testing/new-batch-record.ts';
import { runIdOf } from './line-ids.ts';
import { type LineContext, runLine } from './run-line.ts';

const line = { number: 1, offset: 0, end: 9, customId: 'one', attempt: 0, notBeforeMs: 0 };
const chat = chatRequestSchema.parse({ model: 'echo', messages: [{ role: 'user', content: 'Hi' }] });

/** Runs one line, which is admitted like this. */
async function run(admit: LineContext['endpoint']['admit'], stop = new AbortController()) {
  const { keys, log } = openTestRunStore();
  const channel = createChannel(connectTestRedis(), keys.replyChannel('one'));
  const follower = createFollower({ log, channel, maxBufferedBytes: 1, silenceMs: 1000, giveUpMs: 1000 });
  await follower.start();
  onTestFinished(() => follower.close());
  const partitioning = createPartitioning(1);
  const dispatcher = { dispatch: async () => undefined };
  const parts = { log, follower, partitioning, dispatcher, maxLiveRuns: 9, attemptTimeoutMs: 1000 };
  const batch = newBatchRecord();
  const bugs: unknown[] = [];
  const context = {
    batch,
    endpoint: { admit, hasModel: async () => true },
    input: { readOne: () => expect.unreachable() },
    onRetry: async () => undefined,
    onBug: (error: unknown) => void bugs.push(error),
    signal: stop.signal,
  };
  const ran = runLine({ ...parts, now: Date.now }, context, { line, fresh: { body: {} } });
  return { ran: ran.catch((error: unknown) => error), bugs, log, runId: runIdOf(batch, line, partitioning) };
}

test('a line whose batch is cancelled while it is admitted makes no run', async () => {
  const stop = new AbortController();
  const cancelled = new Error('The batch was cancelled.');
  const admit = async () => {
    stop.abort(cancelled);
    return { chat };
  };
  const { ran, log, runId } = await run(admit, stop);
  expect(await ran).toBe(cancelled);
  expect(await log.read(runId, { afterSeq: 0, limit: 1 })).toEqual({ outcome: 'unknown' });
});

test('a line that meets a bug fails, and does not hold up its batch', async () => {
  const bug = new RangeError('Maximum call stack size exceeded');
  const { ran, bugs } = await run(() => Promise.reject(bug));
  expect(await ran).toMatchObject({ to: 'errors', text: expect.stringContaining('internal_error') });
  expect(bugs).toEqual([bug]);
});
