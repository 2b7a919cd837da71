import { ErrorCode, Job, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Periodic, startPeriodic } from '../async/periodic.ts';
import type { DeadRun } from './dead-letters.ts';
import { createLooks } from './job-looks.ts';
import { jobName, queueName, type RunJob } from './run-job.ts';
import type { RunQueue } from './run-queue.ts';

/** The jobs that this process has taken from the queue. */
export interface JobHand {
  /**
   * The next job; waits for one, and gives undefined when none has come for a while or none may be taken now. Not to be called
   * again before it has answered. Throws when Redis does not answer.
   */
  next(): Promise<Job<RunJob> | undefined>;
  /**
   * Ends a job whose runs are done, but for those that were given up. While `next` waits it gives the next job, if there is room for
   * one by then and it may be taken now: under an operator's limit BullMQ tells nobody else that it may.
   */
  finish(
    job: Job<RunJob>,
    dead: readonly DeadRun[],
    hasRoom: () => boolean,
  ): Promise<Job<RunJob> | undefined>;
  /** Ends a job that is none of ours. */
  refuse(job: Job<RunJob>, reason: string): Promise<void>;
  /** Puts a job back, for a worker that has room. */
  giveBack(job: Job<RunJob>): Promise<void>;
  /** Gives up waiting; jobs in hand come to others when their locks have run out. Resolves once Redis answers. */
  close(): Promise<void>;
}

export interface JobHandParts {
  readonly redis: Redis;
  readonly prefix: string;
  readonly queue: Pick<RunQueue, 'isLimited'>;
  onError(error: unknown): void;
  /** How long BullMQ believes that a job is in the hands of a worker that says nothing. @defaultValue 10,000 */
  readonly lockMs?: number;
}

/**
 * BullMQ's own lock on a job and its check for stalled ones only clear away the jobs of dead workers: who holds a run is for its
 * lease to say. So a job that comes again, however often, is taken once more and found to be somebody else's.
 */
const defaultLockMs = 10_000;
const maxStalledCount = 1000;

/** What BullMQ says of a job that it has given out again meanwhile. */
const lostJob: ReadonlySet<unknown> = new Set([
  ErrorCode.JobNotExist,
  ErrorCode.JobLockNotExist,
  ErrorCode.JobLockMismatch,
  ErrorCode.JobNotInState,
]);

/** Takes jobs by a worker of BullMQ that is asked for each. */
export function createJobHand(parts: JobHandParts): JobHand {
  const { redis, prefix, queue, onError, lockMs = defaultLockMs } = parts;
  const report = (error: unknown) => {
    if (!(error instanceof Error && 'code' in error && lostJob.has(error.code))) onError(error);
  };
  const worker = openWorker({ redis, prefix, lockMs, report });
  const inHand = new Map<Job<RunJob>, { readonly id: string; readonly token: string }>();
  const renew = async () => {
    const all = [...inHand.values()];
    if (all.length === 0) return;
    await worker.extendJobLocks(
      all.map(({ id }) => id),
      all.map(({ token }) => token),
      lockMs,
    );
  };
  const renewing: Periodic = startPeriodic({ everyMs: lockMs / 4, round: renew, onError: report });
  const hold = (job: Job<RunJob>, token: string) => {
    inHand.set(job, { id: job.id ?? '', token });
    return job;
  };
  /** A job that cannot be told so is taken for stalled, and then found to be done. */
  const letGo = async <Told>(job: Job<RunJob>, tell: (token: string) => Promise<Told>) => {
    const token = inHand.get(job)?.token ?? '';
    inHand.delete(job);
    try {
      return await tell(token);
    } catch (error) {
      report(error);
      return undefined;
    }
  };
  const looks = createLooks(worker);
  return {
    async next() {
      const next = await looks.next();
      return next && hold(next.job, next.token);
    },
    async finish(job, dead, hasRoom) {
      const token = inHand.get(job)?.token ?? '';
      const isAskedFor = looks.isDrained && hasRoom();
      const [data, id] = (await letGo(job, () => end(job, dead, token, isAskedFor))) ?? [];
      if (data) return hold(Job.fromJSON(worker, data, id), token);
      if (isAskedFor || !(await queue.isLimited())) return undefined;
      // A look that came to Redis before this end found the limit reached, and waits now for somebody to tell it.
      await looks.settled();
      const next = looks.isDrained && hasRoom() ? await looks.now() : undefined;
      return next && hold(next.job, next.token);
    },
    refuse: async (job, reason) => void (await letGo(job, (token) => fail(job, reason, token))),
    giveBack: async (job) => void (await letGo(job, (token) => job.moveToWait(token))),
    async close() {
      await Promise.all([renewing.stop(), worker.close(true)]);
    },
  };
}

function openWorker({ redis, prefix, lockMs, report }: OpenWorkerParts) {
  const worker = new Worker<RunJob>(queueName, null, {
    connection: redis,
    prefix,
    name: jobName,
    lockDuration: lockMs,
    stalledInterval: lockMs / 2,
    maxStalledCount,
    skipVersionCheck: true,
  });
  worker.on('error', report);
  worker.startStalledCheckTimer().catch(report);
  return worker;
}

interface OpenWorkerParts extends Pick<JobHandParts, 'redis' | 'prefix'> {
  readonly lockMs: number;
  report(error: unknown): void;
}

async function end(job: Job<RunJob>, given: readonly DeadRun[], token: string, fetchNext: boolean) {
  const dead = withEarlier(job, given);
  if (dead.length === 0) return await job.moveToCompleted(undefined, token, fetchNext);
  // Failed jobs are the dead letters. The runs' records expire soon; what stays in the job is for a person who wants to know.
  if (given.length > 0) await job.updateData({ ...job.data, dead });
  return await fail(job, dead.map(({ reason }) => reason).join(' '), token, fetchNext);
}

/** A job that a tool of BullMQ has retried brings its dead letters: its runs are over, and the letters stay. */
function withEarlier({ data }: Job<RunJob>, given: readonly DeadRun[]): DeadRun[] {
  const again = new Set(given.map(({ runId }) => runId));
  return [...(data.dead ?? []).filter(({ runId }) => !again.has(runId)), ...given];
}

function fail(job: Job<RunJob>, reason: string, token: string, fetchNext = false) {
  return job.moveToFailed(new UnrecoverableError(reason), token, fetchNext);
}
