import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { ScriptClaim } from '../log/script-claim.ts';
import { defineScript } from '../redis/load-script.ts';
import type { SentRuns } from './dispatch-inbox.ts';
import { type LockedJob, lockMs } from './job-locks.ts';
import type { QueueKeys } from './queue-keys.ts';
import { readClaim, type TakenJob } from './taken-job.ts';

/** What is given back, and how much is asked for. */
export interface Exchange {
  /** Jobs that are over; those that this worker has lost meanwhile are left alone. */
  readonly done: readonly LockedJob[];
  /** For how many more this worker has room; with 0 nothing is taken, and nothing is sent to it from now on. */
  readonly room: number;
  /** The number of the last run that was sent to this worker and has come. */
  readonly came: number;
}

export interface Exchanged extends SentRuns {
  /** Oldest first, 64 at most. */
  readonly taken: readonly TakenJob[];
  /** Whether more runs wait. */
  readonly backlog: boolean;
  /** When the next delayed job is due, in ms from now. */
  readonly nextDueMs: number | undefined;
}

/**
 * Takes finished jobs off the queue and gets the next ones, in one atomic step. BullMQ's own consumer needs a script for each
 * job, and those were most of what a run asked of Redis. For 0.75 s from then on, runs are sent to this worker as they are
 * accepted, while it has room. Throws CaluteError `store_unavailable`. When the reply is lost, the jobs that it gave are lost
 * to this worker: their locks run out.
 */
export type ExchangeJobs = (exchange: Exchange) => Promise<Exchanged>;

export interface ExchangeJobsParts {
  readonly redis: Redis;
  /** The name of one of BullMQ's keys. */
  toKey(name: string): string;
  readonly keys: QueueKeys;
  readonly claim: ScriptClaim;
}

/** Bounds the script's time; what is left over comes with the next exchange. */
const maxTaken = 64;

/** A worker that is frozen, or computes, is sent nothing after this; what was sent before waits for it, or for its locks' end. */
const presentMs = 750;

const replySchema = z.tuple([
  z.number(),
  z.array(z.tuple([z.string(), z.number(), z.tuple([z.string()]).rest(z.unknown())])),
  z.literal([0, 1]),
  z.number(),
  z.literal([0, 1]),
]);

export function createExchangeJobs({ redis, toKey, keys, claim }: ExchangeJobsParts): ExchangeJobs {
  const script = defineScript(redis, {
    name: 'exchange',
    lua: `${claim.lua}\n${readFileSync(new URL('./lua/exchange.lua', import.meta.url), 'utf8')}`,
    numberOfKeys: 10,
  });
  const queueKeys = ['wait', 'active', 'delayed', 'stalled', 'marker', 'meta'].map(toKey);
  const scriptKeys = [...queueKeys, keys.ready, keys.presences + claim.controlChannel, ...claim.keys];
  const worker = randomUUID();
  let calls = 0;
  return async ({ done, room, came }) => {
    calls += 1;
    // Not the same for two calls: a job that this worker loses and gets again must not be taken for the one it had.
    const token = `${worker}:${calls}`;
    const finished = done.flatMap((job) => [job.id, job.token]);
    const figures = [lockMs, room, maxTaken, came, presentMs];
    const reply = await script(scriptKeys, [toKey(''), token, ...figures, ...claim.args, ...finished]);
    const [dueMs, jobs, left, sent, present] = replySchema.parse(reply);
    const taken = jobs.map(([id, starts, outcome]) => ({
      job: { id, token, starts },
      claim: readClaim(claim, outcome),
    }));
    const nextDueMs = dueMs < 0 ? undefined : dueMs;
    return { taken, backlog: left === 1, nextDueMs, sent, unbroken: present === 1 };
  };
}
