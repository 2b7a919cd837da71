import type { Redis } from 'ioredis';
import { z } from 'zod';
import { defineScript } from '../redis/load-script.ts';

/** A job as BullMQ gave it to this worker. */
export interface LockedJob {
  readonly id: string;
  /** What its lock holds. */
  readonly token: string;
  /** How often it has been started, this time included. */
  readonly starts: number;
}

export interface Hold {
  /** Aborts when the job is lost: another worker has it, or may have it. */
  readonly signal: AbortSignal;
  release(): void;
}

/** The locks of the jobs that a worker has in hand. */
export interface JobLocks {
  /** The ids of the jobs in hand. */
  ids(): readonly string[];
  hold(job: LockedJob): Hold;
  /** Prolongs all of them in one atomic step. Throws CaluteError `store_unavailable`. */
  renew(): Promise<void>;
}

export interface JobLocksParts {
  readonly redis: Redis;
  /** The name of one of BullMQ's keys. */
  toKey(name: string): string;
}

/**
 * How fast the runs of a dead worker come to another one: its locks last so long from their last renewal. Shorter locks make a
 * worker that merely pauses lose its runs.
 */
export const lockMs = 10_000;

const lostSchema = z.array(z.string());

/**
 * BullMQ's locks, kept by a rule of our own: a lock that has run out is taken back as long as the job is as this worker was
 * given it. BullMQ gives such a job up, and after an outage of Redis every run of every living worker would be lost.
 */
export function createJobLocks({ redis, toKey }: JobLocksParts): JobLocks {
  const script = defineScript(redis, {
    name: 'renew',
    lua: new URL('./lua/renew.lua', import.meta.url),
    numberOfKeys: 2,
  });
  const held = new Map<string, { readonly job: LockedJob; readonly abort: AbortController }>();
  return {
    ids: () => [...held.keys()],
    hold(job) {
      const own = { job, abort: new AbortController() };
      held.set(job.id, own);
      const release = () => {
        if (held.get(job.id) === own) held.delete(job.id);
      };
      return { signal: own.abort.signal, release };
    },
    async renew() {
      const jobs = [...held.values()];
      if (jobs.length === 0) return;
      const args = jobs.flatMap(({ job: { id, token, starts } }) => [id, token, starts]);
      const reply = await script([toKey('active'), toKey('stalled')], [toKey(''), lockMs, ...args]);
      const lost = new Set(lostSchema.parse(reply));
      for (const { job, abort } of jobs) if (lost.has(job.id)) abort.abort();
    },
  };
}
