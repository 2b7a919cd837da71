import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { connectTestRedis } from '../../../../../tests/support/test-redis.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import type { RunId } from '../../ids.ts';
import { createChannel } from '../../redis/channel.ts';
import { encodeEvents } from '../../runs/frame-payload.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import { createFollower } from './follower.ts';

const never = new AbortController().signal;
const completed = {
  reason: 'completed' as const,
  finishReason: 'stop' as const,
  usage: { promptTokens: 1, completionTokens: 1, cachedTokens: 0, reasoningTokens: 0 },
  processingMs: 1,
};

/** A follower whose channel loses the messages that `loses` picks, by their number. */
async function open({
  loses = () => false,
  maxBufferedBytes = 64 * 1024,
}: {
  loses?: (n: number) => boolean;
  maxBufferedBytes?: number;
} = {}) {
  const { redis, keys, log, claim, makeRoom } = openTestRunStore();
  const subscriber = connectTestRedis();
  await makeRoom(1000);
  const channel = createChannel(subscriber, keys.replyChannel('one'));
  let count = 0;
  const lossy: typeof channel = {
    ...channel,
    open: (listener) =>
      channel.open({
        ...listener,
        onMessage: (message) => {
          if (!loses(count++)) listener.onMessage(message);
        },
      }),
  };
  const reads = { count: 0 };
  const counting: typeof log = {
    ...log,
    read: (...args) => {
      reads.count += 1;
      return log.read(...args);
    },
  };
  // The tests tick by hand; the timer is too slow to matter.
  const follower = createFollower({
    log: counting,
    channel: lossy,
    maxBufferedBytes,
    silenceMs: 600_000,
    giveUpMs: 1000,
  });
  await follower.start();
  onTestFinished(() => follower.close());
  return { redis, subscriber, keys, log, claim, follower, reads, channel: channel.name };
}

type Opened = Awaited<ReturnType<typeof open>>;

async function acceptAndClaim({ log, claim, channel }: Opened): Promise<RunId> {
  const run = newRun(channel);
  await log.accept(run);
  await claim(run.id);
  return run.id;
}

function frame(runId: RunId, seq: number, last: number) {
  const events: RunEvent[] = [{ type: 'text-delta', text: `t${seq}` }];
  if (seq < last) return { runId, epoch: 1, seq, visible: true, payload: encodeEvents(events) };
  const payload = encodeEvents([...events, { type: 'run-end', end: completed }]);
  return {
    runId,
    epoch: 1,
    seq,
    visible: true,
    payload,
    end: { reason: 'completed' as const, tokens: 2, mayRetry: false },
  };
}

async function collect(frames: AsyncIterable<readonly RunEvent[]>): Promise<string[]> {
  const texts: string[] = [];
  for await (const events of frames)
    for (const event of events) texts.push(event.type === 'text-delta' ? event.text : event.type);
  return texts;
}

const expectedTexts = (last: number) => [
  ...Array.from({ length: last }, (_, index) => `t${index + 1}`),
  'run-end',
];

it('serves live frames without a look into the log', async () => {
  const opened = await open();
  const run = newRun(opened.channel);
  const texts = collect(opened.follower.follow(run.id, { afterSeq: 0, fresh: true, signal: never }));
  await opened.log.accept(run);
  await opened.claim(run.id);
  for (let seq = 1; seq <= 5; seq++) await opened.log.append([frame(run.id, seq, 5)]);
  expect(await texts).toEqual(expectedTexts(5));
  expect(opened.reads.count).toBe(0);
});

it('gives every event once and in order whichever messages are lost and wherever it starts', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    fc.nat({ max: 12 }),
    fc.nat({ max: 11 }),
    async (lost, startAt, afterSeq) => {
      const opened = await open({ loses: (message) => lost[message] === true });
      const runId = await acceptAndClaim(opened);
      const options = { afterSeq: Math.min(afterSeq, startAt), fresh: false, signal: never };
      let texts: Promise<string[]> | undefined;
      for (let seq = 1; seq <= 12; seq++) {
        if (seq === startAt + 1) texts = collect(opened.follower.follow(runId, options));
        await opened.log.append([frame(runId, seq, 12)]);
      }
      texts ??= collect(opened.follower.follow(runId, options));
      // When the last message is lost only the look at silent runs finds the end; it needs the reader to be waiting.
      const ended = texts.then(() => true);
      while (!(await Promise.race([ended, opened.redis.ping().then(() => false)])))
        await opened.follower.tick();
      expect(await texts).toEqual(expectedTexts(12).slice(options.afterSeq));
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

it('goes back to the log when its reader is slower than the run, and keeps no more than the bound', async () => {
  const opened = await open({ maxBufferedBytes: 20 });
  const runId = await acceptAndClaim(opened);
  const frames = opened.follower
    .follow(runId, { afterSeq: 0, fresh: true, signal: never })
    [Symbol.asyncIterator]();
  const first = frames.next();
  await opened.log.append([frame(runId, 1, 50)]);
  expect((await first).value).toEqual([{ type: 'text-delta', text: 't1' }]);
  for (let seq = 2; seq <= 50; seq++) await opened.log.append([frame(runId, seq, 50)]);
  await opened.redis.ping();
  const rest = await collect({ [Symbol.asyncIterator]: () => frames });
  expect(rest).toEqual(expectedTexts(50).slice(1));
  expect(opened.reads.count).toBeGreaterThan(0);
});

it('loses nothing when its connection is cut between two frames', async () => {
  const opened = await open();
  const runId = await acceptAndClaim(opened);
  const texts = collect(opened.follower.follow(runId, { afterSeq: 0, fresh: false, signal: never }));
  await opened.log.append([frame(runId, 1, 3)]);
  const again = new Promise<void>((resolve) => opened.subscriber.once('ready', resolve));
  const [id] = /(?<=id=)\d+/.exec(String(await opened.subscriber.client('INFO'))) ?? [];
  await opened.redis.client('KILL', 'ID', String(id));
  await opened.log.append([frame(runId, 2, 3), frame(runId, 3, 3)]);
  await again;
  expect(await texts).toEqual(expectedTexts(3));
});

it('says so when the run is unknown, and when the store has lost it meanwhile', async () => {
  const opened = await open();
  const unknown = opened.follower.follow(newRun('x').id, { afterSeq: 0, fresh: false, signal: never });
  await expect(collect(unknown)).rejects.toMatchObject({ code: 'run_not_found' });

  const runId = await acceptAndClaim(opened);
  const texts = collect(opened.follower.follow(runId, { afterSeq: 0, fresh: true, signal: never }));
  const lost = expect(texts).rejects.toMatchObject({ code: 'store_lost' });
  await opened.redis.del(opened.keys.run(runId), opened.keys.log(runId));
  await opened.follower.tick();
  await opened.follower.tick();
  await lost;
});

it.each([
  ['shorter than what its reader has seen', { seq: 1 }],
  ['over where its reader has seen other frames', { seq: 2, end: 'failed' }],
])('says so when a failover has left a log that is %s', async (_, record) => {
  const opened = await open();
  const runId = await acceptAndClaim(opened);
  const texts = collect(opened.follower.follow(runId, { afterSeq: 0, fresh: true, signal: never }));
  for (let seq = 1; seq <= 2; seq++) await opened.log.append([frame(runId, seq, 5)]);
  const failed = expect(texts).rejects.toMatchObject({ code: 'store_lost' });
  await opened.redis.hset(opened.keys.run(runId), record);
  await opened.follower.tick();
  await opened.follower.tick();
  await failed;
});

it('ends silently when its signal aborts, and detaches the channel from the run', async () => {
  const opened = await open();
  const runId = await acceptAndClaim(opened);
  const abort = new AbortController();
  const texts = collect(opened.follower.follow(runId, { afterSeq: 0, fresh: true, signal: abort.signal }));
  abort.abort();
  expect(await texts).toEqual([]);
  expect(await opened.redis.hget(opened.keys.run(runId), 'channels')).toBe('');
});

it('ends silently when it is stopped, before or while it is read, and detaches the channel from the run', async () => {
  const opened = await open();
  const runId = await acceptAndClaim(opened);
  const options = { afterSeq: 0, fresh: true, signal: never };
  const unread = opened.follower.follow(runId, options);
  const following = opened.follower.follow(runId, options);
  const texts = collect(following);
  unread.stop();
  expect(await collect(unread)).toEqual([]);
  expect(await opened.redis.hget(opened.keys.run(runId), 'channels')).not.toBe('');
  following.stop();
  expect(await texts).toEqual([]);
  expect(following.hasEnded()).toBe(false);
  expect(await opened.redis.hget(opened.keys.run(runId), 'channels')).toBe('');
});

it('serves several readers of one run, also a late one', async () => {
  const opened = await open();
  const runId = await acceptAndClaim(opened);
  const early = collect(opened.follower.follow(runId, { afterSeq: 0, fresh: true, signal: never }));
  await opened.log.append([frame(runId, 1, 3)]);
  const late = collect(opened.follower.follow(runId, { afterSeq: 0, fresh: false, signal: never }));
  await opened.log.append([frame(runId, 2, 3), frame(runId, 3, 3)]);
  expect(await early).toEqual(expectedTexts(3));
  expect(await late).toEqual(expectedTexts(3));
});
