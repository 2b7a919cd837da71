import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { Queue } from 'bullmq';
import { expect, it, onTestFinished } from 'vitest';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createRunId } from '../ids.ts';
import { createBullMqRunConsumer } from './bullmq-run-consumer.ts';
import { createBullMqRunQueue } from './bullmq-run-queue.ts';
import { queueName } from './run-job.ts';
import { GivenUp, type HandledRun } from './run-queue.ts';
import { createSlots } from './slots.ts';

/** The board, mounted as the operations page says. */
async function openBoard(prefix: string) {
  const queue = new Queue(queueName, { connection: connectTestRedis(), prefix });
  onTestFinished(() => queue.close());
  const serverAdapter = new ExpressAdapter();
  createBullBoard({ queues: [new BullMQAdapter(queue, { readOnlyMode: true })], serverAdapter });
  const server = createServer(serverAdapter.getRouter());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // because it listens on TCP
  return (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
}

it('is a queue that Bull Board shows: what waits, what goes on, what was given up and why', async () => {
  const prefix = randomPrefix();
  const queue = createBullMqRunQueue(connectTestRedis(), prefix);
  onTestFinished(() => queue.close());
  const ids = { failed: createRunId(1), active: createRunId(2), waiting: createRunId(3) };
  const held = Promise.withResolvers<HandledRun>();
  const consumer = createBullMqRunConsumer({
    redis: connectTestRedis(),
    prefix,
    slots: createSlots(1),
    queue,
    handler: async ({ runId }) => {
      if (runId === ids.failed) throw new GivenUp('Its worker died too often.', undefined);
      return held.promise;
    },
    onError: () => undefined,
  });
  onTestFinished(() => consumer.close(2000));
  for (const runId of Object.values(ids)) await queue.add({ runId, epoch: 0 });
  const board = await openBoard(prefix);
  expect(await (await board('/')).text()).toContain('Bull');
  const list = async (status: string) =>
    (await board(`/api/queues?activeQueue=${queueName}&status=${status}&page=1&jobsPerPage=10`)).json();
  const jobsOf = async (status: string) => {
    const { queues } = (await list(status)) as {
      queues: { jobs: { id: string; failedReason?: string }[] }[];
    }; // because it is the board's own format
    return queues.flatMap(({ jobs }) => jobs.map(({ id, failedReason }) => ({ id, failedReason })));
  };
  await expect.poll(() => jobsOf('active')).toMatchObject([{ id: ids.active }]);
  expect(await jobsOf('waiting')).toMatchObject([{ id: ids.waiting }]);
  expect(await jobsOf('failed')).toEqual([{ id: ids.failed, failedReason: 'Its worker died too often.' }]);
  expect(await list('latest')).toMatchObject({
    queues: [{ name: queueName, readOnlyMode: true, counts: { active: 1, waiting: 1, failed: 1 } }],
  });
  held.resolve({ outcome: 'done' });
  await expect.poll(() => jobsOf('latest')).toMatchObject([{ id: ids.failed }]);
});
