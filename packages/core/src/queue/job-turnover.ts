import { setTimeout as delay } from 'node:timers/promises';
import { oneAtATime } from '../one-at-a-time.ts';
import type { ExchangeJobs, TakenJob } from './exchange-jobs.ts';
import type { LockedJob } from './job-locks.ts';

/** Exchanges done jobs for new ones, one exchange at a time: what comes up meanwhile goes with the next one. */
export interface JobTurnover {
  /** Takes what there is room for; resolves when nothing is left to take or to give back. Never throws. */
  take(): Promise<void>;
  /** Takes a job that is done off the queue. */
  finish(job: LockedJob): void;
  /** Waits for nothing more. */
  stop(): void;
}

export interface JobTurnoverParts {
  readonly exchangeJobs: ExchangeJobs;
  /** How many jobs may be taken at this moment. */
  room(): number;
  onTaken(job: TakenJob): void;
  onError(error: unknown): void;
}

/** Bounds the script's time; what is left over comes with the next exchange. */
const maxTaken = 64;
const retryMs = 1000;

export function createJobTurnover({ exchangeJobs, room, onTaken, onError }: JobTurnoverParts): JobTurnover {
  const done: LockedJob[] = [];
  let dueTimer: NodeJS.Timeout | undefined;
  let stopped = false;
  const take = oneAtATime(async () => {
    const finished = done.splice(0);
    try {
      const { taken, nextDueMs } = await exchangeJobs({ done: finished, room: Math.min(room(), maxTaken) });
      for (const job of taken) onTaken(job);
      if (taken.length === maxTaken) void take();
      clearTimeout(dueTimer);
      if (nextDueMs !== undefined && !stopped) dueTimer = setTimeout(take, nextDueMs);
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
      void take();
    },
    stop() {
      stopped = true;
      clearTimeout(dueTimer);
    },
  };
}
