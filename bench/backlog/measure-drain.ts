import { type Spread, spreadOf } from '../figures/statistics.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import { startStore } from '../ground/start-store.ts';
import { measureJobs, rateOf } from '../rounds/measure-jobs.ts';
import { drain, finishAll } from '../rounds/take-runs.ts';
import type { BacklogSizes } from './backlog-sizes.ts';

/** How fast runs come into the backlog and out of it, beside jobs that BullMQ alone adds and takes. */
export interface DrainRates {
  /** In each round. */
  readonly runs: number;
  /** Accepted by one process while no worker is there. */
  readonly acceptedPerSecond: Spread | undefined;
  /** Taken and finished by one worker, from the first after its warm-up to the last one; nothing is accepted meanwhile. */
  readonly runsPerSecond: Spread | undefined;
  /** Of a run that is taken and finished. */
  readonly workerCpuUs: Spread | undefined;
  readonly redisCpuUs: Spread | undefined;
  /** From the first job added to the last one done, by one process that adds and one that takes. */
  readonly jobsPerSecond: Spread | undefined;
}

/** The upstream answers at once. */
const run = { model: 'mock-burst', promptBytes: 100, tokens: 1, concurrency: 128 } as const;
const mostWarmUp = 2000;

export async function measureDrain(
  ground: BenchGround,
  { drained, rounds }: Pick<BacklogSizes, 'drained' | 'rounds'>,
): Promise<DrainRates> {
  const store = await startStore(ground, 'drain');
  const warmUpRuns = Math.min(mostWarmUp, drained);
  await store.submit({ ...run, count: warmUpRuns });
  await finishAll(ground, store);
  const taken = [];
  for (let round = 0; round < rounds; round += 1) {
    const count = warmUpRuns + drained;
    const acceptedPerSecond = await rateOf(count, () => store.submit({ ...run, count }));
    const rate = await drain(ground, store, warmUpRuns);
    const jobsPerSecond = await measureJobs(ground, { jobs: drained, warmUpJobs: warmUpRuns });
    taken.push({ ...rate, acceptedPerSecond, jobsPerSecond });
  }
  return {
    runs: drained,
    acceptedPerSecond: spreadOf(taken.map(({ acceptedPerSecond }) => acceptedPerSecond)),
    runsPerSecond: spreadOf(taken.map(({ runsPerSecond }) => runsPerSecond)),
    workerCpuUs: spreadOf(taken.map(({ workerCpuUs }) => workerCpuUs)),
    redisCpuUs: spreadOf(taken.map(({ redisCpuUs }) => redisCpuUs)),
    jobsPerSecond: spreadOf(taken.map(({ jobsPerSecond }) => jobsPerSecond)),
  };
}
