import { expect, it, onTestFinished } from 'vitest';
import { newRun } from '../../../../tests/support/new-run.ts';
import { connectTestRedis } from '../../../../tests/support/test-redis.ts';
import { openTestRunStore } from '../../../../tests/support/test-run-store.ts';
import { createLogger } from '../logging/logger.ts';
import type { LeaseTimes } from '../run-store/lease/lease-times.ts';
import { createBullMqRunQueue } from './bullmq-run-queue.ts';
import { createDispatcher } from './dispatcher.ts';
import { sweep } from './sweep.ts';

/** What runs out does so at once, unless a test says otherwise. */
const atOnce = { leaseMs: 1, offerMs: 1, comeBackMs: 0, unsubscribedMs: 0 };

async function open(times: Partial<LeaseTimes> = {}) {
  const store = openTestRunStore({ times: { ...atOnce, ...times } });
  const { redis, keys, backlog, log, makeRoom } = store;
  const queue = createBullMqRunQueue(redis, keys.queuePrefix);
  onTestFinished(() => queue.close());
  const logger = createLogger({ role: 'test', level: 'silent' });
  const onError = (error: unknown) => {
    throw error;
  };
  const dispatcher = createDispatcher({ backlog, queue, onError });
  await makeRoom(10);
  const sweepOnce = async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return await sweep({ ...store, queue, dispatcher, logger });
  };
  const isEnded = async (run: { readonly id: ReturnType<typeof newRun>['id'] }) =>
    (await log.heads([run.id]))[0]?.ended;
  return { ...store, queue, dispatcher, sweep: sweepOnce, isEnded };
}

it('queues a run that was accepted and never queued, because its API died in between', async () => {
  const { log, queue, backlog, sweep, makeRoom } = await open();
  await makeRoom(0);
  const runs = Array.from({ length: 4 }, () => newRun('nobody'));
  const queues = [];
  for (const run of runs) {
    const accepted = await log.accept(run);
    queues.push(accepted.outcome === 'accepted' && accepted.queue !== undefined);
  }
  // There is room for two, whose jobs are missing; the others belong into the backlog.
  expect(queues).toEqual([false, false, true, true]);
  expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
  await sweep();
  expect(await queue.counts()).toEqual({ waiting: 2, active: 0 });
  expect(await backlog.size()).toMatchObject({ waiting: 2, offered: 2 });
});

it('ends such a run when its client was told nothing and cannot find it, and nobody is left to tell it', async () => {
  const { log, queue, sweep, isEnded, keys } = await open();
  const subscriber = connectTestRedis();
  const channel = keys.replyChannel('alive');
  await subscriber.subscribe(channel);
  const [orphan, watched] = [newRun('dead', { provisional: true }), newRun(channel, { provisional: true })];
  for (const run of [orphan, watched]) await log.accept(run);
  await sweep();
  expect(await isEnded(orphan)).toBe(true);
  expect(await isEnded(watched)).toBe(false);
  expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
});

it('gives a process that is not subscribed for a while the time to subscribe again', async () => {
  const { log, sweep, isEnded } = await open({ unsubscribedMs: 60_000 });
  const run = newRun('deaf', { provisional: true });
  await log.accept(run);
  await sweep();
  expect(await isEnded(run)).toBe(false);
});

it('adds the job of a run again that got lost, as soon as its client waits for it and so knows of it', async () => {
  const { log, queue, sweep, isEnded, keys } = await open({ unsubscribedMs: 60_000 });
  const subscriber = connectTestRedis();
  const channel = keys.replyChannel('alive');
  await subscriber.subscribe(channel);
  const run = newRun(channel, { provisional: true });
  await log.accept(run);
  await sweep();
  expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
  // What the API asks for that waits for its first frame.
  expect(await isEnded(run)).toBe(false);
  await sweep();
  expect(await queue.counts()).toEqual({ waiting: 1, active: 0 });
});

it('hands a run out again whose worker died, in front of others and under its epoch', async () => {
  const { log, leases, queue, sweep, claim } = await open();
  const [lost, other] = [newRun('x'), newRun('x')];
  for (const run of [lost, other]) await log.accept(run);
  await queue.add({ runId: other.id, epoch: 0 });
  await claim(lost.id);
  await sweep();
  expect(await queue.counts()).toEqual({ waiting: 2, active: 0 });
  // The dead one comes back: it has lost the run, and whoever gets it now goes on.
  expect(await leases.renew({ channel: 'control', room: 1 }, [{ runId: lost.id, epoch: 1 }])).toEqual([
    lost.id,
  ]);
  expect(await claim(lost.id, 1, 'another')).toMatchObject({ outcome: 'claimed', epoch: 2 });
});

it('gives a run up whose workers die under it, the second time', async () => {
  const { log, sweep, claim } = await open();
  const run = newRun('x');
  await log.accept(run);
  for (const epoch of [0, 1]) {
    expect(await claim(run.id, epoch)).toMatchObject({ outcome: 'claimed' });
    await sweep();
  }
  expect(await claim(run.id, 2)).toEqual({ outcome: 'doomed' });
});

it('takes no run from living workers after an outage: a lease that has run out is taken back', async () => {
  const { log, leases, sweep, claim } = await open({ comeBackMs: 200, longestPauseMs: 100 });
  const run = newRun('x');
  await log.accept(run);
  await sweep();
  await new Promise((resolve) => setTimeout(resolve, 250));
  await claim(run.id);
  // Nobody has looked for longer than that: Redis was away.
  await new Promise((resolve) => setTimeout(resolve, 150));
  await sweep();
  expect(await leases.renew({ channel: 'control', room: 1 }, [{ runId: run.id, epoch: 1 }])).toEqual([]);
});

it('leaves a run alone that waits in the queue, or that a worker holds, or that has ended', async () => {
  const { log, queue, sweep, claim, backlog } = await open({ leaseMs: 60_000, offerMs: 60_000 });
  const [queued, held, ended] = [newRun('x'), newRun('x'), newRun('x')];
  for (const run of [queued, held, ended]) await log.accept(run);
  await queue.add({ runId: queued.id, epoch: 0 });
  await claim(held.id);
  await log.end(ended.id, { reason: 'cancelled', by: 'client' });
  await sweep();
  await sweep();
  expect(await queue.counts()).toEqual({ waiting: 1, active: 0 });
  expect(await backlog.size()).toMatchObject({ waiting: 0 });
});

it('ends a run that is past its deadline, queued, waiting or held by a worker that died', async () => {
  const { log, queue, backlog, dispatcher, sweep, claim, isEnded } = await open({ leaseMs: 60_000 });
  const late = { deadlineMs: 20 };
  const [queued, held] = [newRun('x', late), newRun('x', late)];
  for (const run of [queued, held]) await log.accept(run);
  await dispatcher.dispatch(queued.id, { waits: false });
  await claim(held.id);
  const waiting = newRun('x', late);
  await log.accept(waiting);
  await backlog.add(waiting.id);
  await new Promise((resolve) => setTimeout(resolve, 250));
  await sweep();
  for (const run of [queued, held, waiting]) expect(await isEnded(run)).toBe(true);
  expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
  expect(await backlog.size()).toMatchObject({ waiting: 0 });
  const read = await log.read(held.id, { afterSeq: 0, limit: 10 });
  expect(read).toMatchObject({ frames: [{ payload: expect.stringContaining('deadline') }] });
});

it('comes back when a deadline passes for which nobody waits, and leaves what a worker holds to it', async () => {
  const { log, sweep, claim, isEnded } = await open({ leaseMs: 60_000 });
  expect(await sweep()).toBe(1000);
  const [unheard, held] = [newRun('x', { deadlineMs: 100 }), newRun('x', { deadlineMs: 100 })];
  for (const run of [unheard, held]) await log.accept(run);
  await claim(held.id);
  const againMs = await sweep();
  expect(againMs).toBeLessThan(160);
  await new Promise((resolve) => setTimeout(resolve, againMs));
  await sweep();
  expect(await isEnded(unheard)).toBe(true);
  expect(await isEnded(held)).toBe(false);
});

it('looks after all other runs though the record of one is broken', async () => {
  const { log, keys, redis, queue, sweep } = await open();
  const [broken, lost] = [newRun('x', { deadlineMs: 1 }), newRun('x')];
  for (const run of [broken, lost]) await log.accept(run);
  await redis.hdel(keys.run(broken.id), 'slot', 'place');
  await expect(sweep()).rejects.toThrow();
  expect(await queue.counts()).toEqual({ waiting: 1, active: 0 });
});
