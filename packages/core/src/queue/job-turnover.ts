import { setTimeout as delay } from 'node:timers/promises';
import { oneAtATime } from '../async/one-at-a-time.ts';
import type { DispatchInbox } from './dispatch-inbox.ts';
import type { ExchangeJobs } from './exchange-jobs.ts';
import type { LockedJob } from './job-locks.ts';
import type { TakenJob } from './taken-job.ts';

/** Exchanges done jobs for new ones, one exchange at a time: what comes up meanwhile goes with the next one. */
export interface JobTurnover {
  /** Takes what there is room for; resolves when nothing is left to take or to give back. Never throws. */
  take(): Promise<void>;
  /** Takes a job that is done off the queue: at once while others wait, otherwise with the next exchange. */
  finish(job: LockedJob): void;
  /** Waits for nothing more. */
  stop(): void;
}

export interface JobTurnoverParts {
  readonly exchangeJobs: ExchangeJobs;
  readonly inbox: DispatchInbox;
  /** How many jobs may be taken at this moment. */
  room(): number;
  /** How many done jobs may wait for an exchange that others cause: until then nothing is sent in their place. */
  readonly maxDone: number;
  onTaken(job: TakenJob): void;
  /** Finds the runs that were sent to this worker and did not come; not `done`, which may grow meanwhile. */
  findLost(done: readonly LockedJob[]): Promise<void>;
  onError(error: unknown): void;
}

const retryMs = 1000;
/** Bounds the script's time. */
const mostInOneExchange = 256;

export function createJobTurnover(parts: JobTurnoverParts): JobTurnover {
  const { exchangeJobs, inbox, room, maxDone, onTaken, findLost, onError } = parts;
  const done: LockedJob[] = [];
  let dueTimer: NodeJS.Timeout | undefined;
  let stopped = false;
  let backlog = false;
  const take = oneAtATime(async () => {
    const finished = done.splice(0, mostInOneExchange);
    const more = done.length > 0;
    try {
      const exchanged = await exchangeJobs({ done: finished, room: room(), came: inbox.came });
      finished.length = 0;
      if (more) void take();
      for (const job of exchanged.taken) onTaken(job);
      backlog = exchanged.backlog;
      if (backlog && exchanged.taken.length > 0 && room() > 0) void take();
      clearTimeout(dueTimer);
      if (exchanged.nextDueMs !== undefined && !stopped) dueTimer = setTimeout(take, exchanged.nextDueMs);
      if (inbox.compare(exchanged)) {
        await findLost(done);
        inbox.settle();
      }
    } catch (error) {
      done.push(...finished);
      onError(error);
      await delay(retryMs);
      if (!stopped) void take();
    }
  });
  return {
    take,
    finish(job) {
      done.push(job);
      if (backlog || done.length >= maxDone) void take();
    },
    stop() {
      stopped = true;
      clearTimeout(dueTimer);
    },
  };
}
