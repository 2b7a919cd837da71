import { startBenchRedis } from '../ground/start-bench-redis.ts';
import { type BenchGround, startOn } from '../ground/start-ground.ts';
import type { JobsOrder } from '../processes/protocol.ts';

/** Jobs a second that BullMQ alone adds and takes: one process that adds, and one that takes and does nothing for them. */
export async function measureJobs(
  ground: BenchGround,
  { jobs, warmUpJobs }: { readonly jobs: number; readonly warmUpJobs: number },
): Promise<number> {
  await using stack = ground.stack.use(new AsyncDisposableStack());
  const own = { ...ground, stack };
  const redis = await startBenchRedis(own, 'jobs');
  const env = { REDIS_URL: redis.url };
  const worker = await startOn<JobsOrder>(own, { file: 'bench/processes/peers/job-worker.ts', env });
  const client = await startOn<JobsOrder>(own, { file: 'bench/processes/peers/job-client.ts', env });
  const run = (count: number) =>
    rateOf(count, async () => {
      const order = { type: 'jobs', count } as const;
      const taken = worker.order(order);
      await Promise.all([client.order(order), taken]);
    });
  await run(warmUpJobs);
  return await run(jobs);
}

/** How many a second, for work that does `count` of them. */
export async function rateOf(count: number, work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return count / ((performance.now() - startedAt) / 1000);
}
