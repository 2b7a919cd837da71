import { expect, it } from 'vitest';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createKeys } from '../redis/keys.ts';
import { createReadWorkers, createWorkerReports, type WorkerReport } from './worker-reports.ts';

const report: WorkerReport = {
  slots: 4,
  used: 1,
  draining: false,
  agents: ['echo'],
  startedAtMs: 1,
  host: 'host',
  pid: 7,
  loop: 0.5,
  blockedMs: 3,
  memoryBytes: 100,
};

function open() {
  const redis = connectTestRedis();
  const keys = createKeys(randomPrefix());
  return {
    redis,
    keys,
    read: createReadWorkers(redis, keys),
    of: (id: string) => createWorkerReports(redis, keys, id),
  };
}

it('reads what each worker reported last, the oldest worker first', async () => {
  const { of, read } = open();
  await of('b').report({ ...report, startedAtMs: 2 });
  await of('a').report(report);
  await of('a').report({ ...report, used: 3, draining: true });
  const ageMs = expect.any(Number);
  expect(await read()).toEqual([
    { workerId: 'a', ageMs, ...report, used: 3, draining: true },
    { workerId: 'b', ageMs, ...report, startedAtMs: 2 },
  ]);
});

it('forgets a worker that stops by itself, and one that was not heard of for long', async () => {
  const { of, read, redis, keys } = open();
  await of('a').report(report);
  await of('a').forget();
  await redis.hset(keys.workerReports, 'dead', `${Date.now() - 600_000} ${JSON.stringify(report)}`);
  expect(await read()).toEqual([]);
  expect(await redis.hlen(keys.workerReports)).toBe(0);
});

it('leaves out what it cannot read', async () => {
  const { of, read, redis, keys } = open();
  await of('a').report(report);
  await redis.hset(keys.workerReports, 'newer', `${Date.now()} {"slots":"many"}`);
  await redis.hset(keys.workerReports, 'broken', `${Date.now()} {`);
  expect((await read()).map(({ workerId }) => workerId)).toEqual(['a']);
});
