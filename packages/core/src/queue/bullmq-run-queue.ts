import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { gatherCalls } from '../async/gather-calls.ts';
import { orStoreError } from '../redis/store-error.ts';
import type { OfferedRun } from '../run-store/backlog/backlog.ts';
import { createOperatorLimits } from './operator-limits.ts';
import { jobName, jobOptions, queueName, type RunJob, toJobId } from './run-job.ts';
import type { RunQueue } from './run-queue.ts';

/** A worker that takes a job takes all of its runs, so that few of them make one. */
const mostRunsPerJob = 16;

/**
 * The queue on BullMQ. What is added while another call is under way goes with the next one: as one job, which costs BullMQ and
 * the worker once what each of its runs would cost them; or as a job each where an operator has limited how many jobs may run.
 */
export function createBullMqRunQueue(redis: Redis, prefix: string): RunQueue {
  const queue = new Queue<RunJob>(queueName, {
    connection: redis,
    prefix,
    defaultJobOptions: jobOptions,
    // Nobody listens to BullMQ's own event stream here.
    streams: { events: { maxLen: 100 } },
    skipVersionCheck: true,
    skipWaitingForReady: true,
  });
  queue.on('error', () => undefined); // because each command rejects as well, and the connection reports for all
  const areLimited = createOperatorLimits(queue, performance.now.bind(performance));
  const addRuns = async (runs: readonly OfferedRun[]) => {
    const most = runs.length > 1 && !(await areLimited()) ? mostRunsPerJob : 1;
    const [only, ...others] = toJobs(runs, most);
    if (only && others.length === 0) await queue.add(only.name, only.data, only.opts);
    else if (only) await queue.addBulk([only, ...others]);
  };
  const add = gatherCalls((runs: readonly OfferedRun[]) => orStoreError(addRuns(runs)));
  const counts = async () => {
    const found = await orStoreError(queue.getJobCounts('waiting', 'prioritized', 'active'));
    const { waiting = 0, prioritized = 0, active = 0 } = found;
    return { waiting: waiting + prioritized, active };
  };
  return {
    counts,
    async takeable() {
      const isHeldBack = (await orStoreError(areLimited())) || (await orStoreError(queue.isPaused()));
      return isHeldBack ? 0 : (await counts()).waiting;
    },
    async add(run, { inFront = false, afterMs = 0 } = {}) {
      if (!inFront && afterMs === 0) return await add(run);
      const { name, data, opts } = toJob([run]);
      await orStoreError(queue.add(name, data, { ...opts, lifo: inFront, delay: afterMs }));
    },
    remove: async (runId) => void (await orStoreError(queue.remove(runId))),
    close: () => queue.close(),
  };
}

function toJobs(runs: readonly OfferedRun[], most: number) {
  const jobs = [];
  for (let at = 0; at < runs.length; at += most) {
    const [first, ...rest] = runs.slice(at, at + most);
    if (first) jobs.push(toJob([first, ...rest]));
  }
  return jobs;
}

function toJob(runs: [OfferedRun, ...OfferedRun[]]) {
  return { name: jobName, data: { runs }, opts: { jobId: toJobId(runs) } };
}
