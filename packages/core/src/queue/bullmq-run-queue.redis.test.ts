import { expect, it, onTestFinished } from 'vitest';
import { newRun } from '../../../../tests/support/new-run.ts';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createRunId, type RunId, tenantIdSchema } from '../ids.ts';
import { createBullMqDeadLetters } from './bullmq-dead-letters.ts';
import { createBullMqRunConsumer } from './bullmq-run-consumer.ts';
import { createBullMqRunQueue } from './bullmq-run-queue.ts';
import { GivenUp, type HandledRun, type RunHandler } from './run-queue.ts';
import { createSlots } from './slots.ts';

function open() {
  const prefix = randomPrefix();
  const queue = createBullMqRunQueue(connectTestRedis(), prefix);
  onTestFinished(() => queue.close());
  const consume = (handler: RunHandler, concurrency = 4) => {
    const redis = connectTestRedis();
    const consumer = createBullMqRunConsumer({
      redis,
      prefix,
      slots: createSlots(concurrency),
      queue,
      handler,
      onError: () => undefined,
    });
    onTestFinished(() => consumer.close(2000));
    return consumer;
  };
  const deadLetters = createBullMqDeadLetters(connectTestRedis(), prefix);
  onTestFinished(() => deadLetters.close());
  const submit = async () => {
    const runId = createRunId(Date.now());
    await queue.add({ runId, epoch: 0 });
    return runId;
  };
  return { queue, consume, deadLetters, submit };
}

const done: HandledRun = { outcome: 'done' };

/** Resolves with what has arrived, as soon as there are `count` of them. */
function latch<Item>(count: number) {
  const arrived: Item[] = [];
  const { promise, resolve } = Promise.withResolvers<Item[]>();
  const arrive = (item: Item) => {
    arrived.push(item);
    if (arrived.length === count) resolve(arrived);
  };
  return { arrive, all: promise };
}

it('hands out runs once each, oldest first, also those that were added within one turn', async () => {
  const { queue, consume } = open();
  const runIds = Array.from({ length: 20 }, () => createRunId(Date.now()));
  await Promise.all(runIds.map((runId) => queue.add({ runId, epoch: 0 })));
  const { arrive, all } = latch<RunId>(20);
  consume(async ({ runId }) => {
    arrive(runId);
    return done;
  }, 1);
  expect(await all).toEqual(runIds);
  await expect.poll(() => queue.counts()).toEqual({ waiting: 0, active: 0 });
});

it('queues a run once, however often it is added, and takes a waiting one out', async () => {
  const { queue } = open();
  const runId = createRunId(Date.now());
  for (let count = 0; count < 3; count += 1) await queue.add({ runId, epoch: 0 });
  expect(await queue.counts()).toEqual({ waiting: 1, active: 0 });
  await queue.remove(runId);
  await queue.remove(runId);
  expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
});

it('gives a run that is offered again to a worker again, in front or after a while', async () => {
  const { submit, queue, consume } = open();
  const { arrive, all } = latch<string>(4);
  const first = await submit();
  const second = await submit();
  const answers: HandledRun[] = [
    { outcome: 'again', run: { runId: first, epoch: 1 }, inFront: true },
    { outcome: 'again', run: { runId: first, epoch: 2 }, afterMs: 50 },
  ];
  consume(async ({ runId, epoch }) => {
    arrive(`${runId} ${epoch}`);
    return answers.shift() ?? done;
  }, 1);
  expect(await all).toEqual([`${first} 0`, `${first} 1`, `${second} 0`, `${first} 2`]);
  await expect.poll(() => queue.counts()).toEqual({ waiting: 0, active: 0 });
});

it.each([
  ['was given up, with what the handler keeps of it', true],
  ['failed by a bug, without', false],
])('keeps a run for a person to look at that %s', async (_, isGivenUp) => {
  const { deadLetters, submit, consume } = open();
  const content = { tenant: tenantIdSchema.parse('local'), request: newRun('x').request };
  consume(async () => {
    throw isGivenUp ? new GivenUp('no luck', content) : new Error('no luck');
  });
  const runId = await submit();
  const letter = { runId, reason: 'no luck', executions: 0, ...(isGivenUp ? { content } : {}) };
  await expect.poll(() => deadLetters.find(runId)).toMatchObject(letter);
  expect(await deadLetters.list(10)).toMatchObject([letter]);
  await deadLetters.remove(runId);
  expect(await deadLetters.list(10)).toEqual([]);
});

it('takes no run while it is paused, says when none is in hand, and takes runs again', async () => {
  const { queue, submit, consume } = open();
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const handled: RunId[] = [];
  const consumer = consume(async ({ runId }) => {
    handled.push(runId);
    started.resolve();
    await release.promise;
    return done;
  });
  await submit();
  await started.promise;
  consumer.pause();
  await submit();
  await expect.poll(() => queue.counts()).toEqual({ waiting: 1, active: 1 });
  release.resolve();
  await consumer.idle();
  expect(handled).toHaveLength(1);
  await expect.poll(() => queue.counts()).toEqual({ waiting: 1, active: 0 });
  consumer.resume();
  await expect.poll(() => handled.length).toBe(2);
  consumer.pause();
  consumer.resume();
  await submit();
  await expect.poll(() => handled.length).toBe(3);
});

it('holds no more runs than its concurrency, though a job brings several, and leaves the rest to others', async () => {
  const { queue, consume } = open();
  const runIds = Array.from({ length: 20 }, () => createRunId(Date.now()));
  // In two jobs, of 16 and of 4.
  await Promise.all(runIds.map((runId) => queue.add({ runId, epoch: 0 })));
  expect(await queue.counts()).toEqual({ waiting: 2, active: 0 });
  const release = Promise.withResolvers<void>();
  const hands = [0, 1, 2].map(() => {
    const hand = { handled: [] as RunId[], most: 0, now: 0 };
    consume(async ({ runId }) => {
      hand.handled.push(runId);
      hand.now += 1;
      hand.most = Math.max(hand.most, hand.now);
      await release.promise;
      await new Promise((resolve) => setTimeout(resolve, 5));
      hand.now -= 1;
      return done;
    }, 3);
    return hand;
  });
  await expect.poll(() => hands.map(({ now }) => now)).toEqual([3, 3, 3]);
  release.resolve();
  await expect.poll(() => hands.flatMap(({ handled }) => handled).sort()).toEqual([...runIds].sort());
  expect(hands.map(({ most }) => most)).toEqual([3, 3, 3]);
  await expect.poll(() => queue.counts()).toEqual({ waiting: 0, active: 0 });
});

it('keeps of a job that brought several runs those that were given up, each for itself', async () => {
  const { queue, consume, deadLetters } = open();
  const runIds = Array.from({ length: 4 }, () => createRunId(Date.now()));
  await Promise.all(runIds.map((runId) => queue.add({ runId, epoch: 0 })));
  const [, good, ...bad] = runIds;
  consume(async ({ runId }) => {
    if (runId === runIds[0] || runId === good) return done;
    throw new Error(`no luck with ${runId}`);
  });
  await expect
    .poll(async () => (await deadLetters.list(10)).map(({ runId }) => runId).sort())
    .toEqual(bad.sort());
  for (const runId of bad) {
    expect(await deadLetters.find(runId)).toMatchObject({ reason: `no luck with ${runId}` });
    await deadLetters.remove(runId);
    expect(await deadLetters.find(runId)).toBe(undefined);
  }
  expect(await deadLetters.list(10)).toEqual([]);
});
