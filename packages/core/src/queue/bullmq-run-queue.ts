import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type GatherOptions, gatherCalls } from '../async/gather-calls.ts';
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
export function createBullMqRunQueue(redis: Redis, prefix: string, pace?: GatherOptions): RunQueue {
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
  const add = gatherCalls((runs: readonly OfferedRun[]) => orStoreError(addRuns(runs)), pace);
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
    async add(run, { inFront = false, afterMs = 0, again = false } = {}) {
      if (!inFront && afterMs === 0 && !again) return await add(run);
      const jobId = again ? await orStoreError(findJobId(queue, run)) : toJobId([run]);
      if (jobId === undefined) return;
      const { name, data } = toJob([run]);
      await orStoreError(queue.add(name, data, { jobId, lifo: inFront, delay: afterMs }));
    },
    async remove(runId) {
      const job = await orStoreError(queue.getJob(runId));
      // Other runs stand in it, which are none of its business; or it is a dead letter.
      if (job?.data.runs.length !== 1 || job.finishedOn !== undefined) return;
      await orStoreError(queue.remove(runId));
    },
    isLimited: () => orStoreError(areLimited()),
    failed: () => orStoreError(queue.getFailedCount()),
    close: () => queue.close(),
  };
}

/** A job that a worker has and does not begin, or one that failed, stands in the way of another one of the same id. */
const spentStates: ReadonlySet<string> = new Set(['active', 'failed', 'completed']);
const mostJobs = 16;

/** The id for one more job of a run; undefined while one of its own waits to be taken. */
async function findJobId(queue: Queue<RunJob>, run: OfferedRun): Promise<string | undefined> {
  const first = toJobId([run]);
  for (let count = 1; count <= mostJobs; count += 1) {
    const jobId = count === 1 ? first : `${first}-job-${count}`;
    const state = await queue.getJobState(jobId);
    if (state === 'unknown') return jobId;
    if (!spentStates.has(state)) return undefined;
  }
  return undefined;
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
