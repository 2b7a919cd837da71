import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { ClaimOutcome } from '../log/run-log.ts';
import type { ScriptClaim } from '../log/script-claim.ts';
import { defineScript } from '../redis/load-script.ts';
import type { LockedJob } from './job-locks.ts';

/** What is given back, and how much is asked for. */
export interface Exchange {
  /** Jobs that are over; those that this worker has lost meanwhile are left alone. */
  readonly done: readonly LockedJob[];
  /** At most so many are taken. */
  readonly room: number;
}

export interface TakenJob {
  readonly job: LockedJob;
  /** The run's claim; `doomed`: its workers died under it too often, or nobody can read it. */
  readonly claim: ClaimOutcome | { readonly outcome: 'doomed'; readonly reason: string };
}

export interface Exchanged {
  /** Oldest first. */
  readonly taken: readonly TakenJob[];
  /** When the next delayed job is due, in ms from now. */
  readonly nextDueMs: number | undefined;
}

/**
 * Takes finished jobs off the queue and gets the next ones, in one atomic step. BullMQ's own consumer needs a script for each
 * job, and those were most of what a run asked of Redis. Throws CaluteError
 * `store_unavailable`. When the reply is lost, the jobs that it gave are lost to this worker: their locks run out.
 */
export type ExchangeJobs = (exchange: Exchange) => Promise<Exchanged>;

export interface ExchangeJobsParts {
  readonly redis: Redis;
  /** The name of one of BullMQ's keys. */
  toKey(name: string): string;
  readonly claim: ScriptClaim;
  readonly lockMs: number;
}

const replySchema = z.tuple([
  z.number(),
  z.array(z.tuple([z.string(), z.number(), z.tuple([z.string()]).rest(z.unknown())])),
]);
const doomedSchema = z.tuple([z.literal('doomed'), z.string()]);

export function createExchangeJobs({ redis, toKey, claim, lockMs }: ExchangeJobsParts): ExchangeJobs {
  const script = defineScript(redis, {
    name: 'exchange',
    lua: `${claim.lua}\n${readFileSync(new URL('./lua/exchange.lua', import.meta.url), 'utf8')}`,
    numberOfKeys: 8,
  });
  const queueKeys = ['wait', 'active', 'delayed', 'stalled', 'marker', 'meta'].map(toKey);
  const keys = [...queueKeys, ...claim.keys];
  const worker = randomUUID();
  let calls = 0;
  const toClaim = (reply: unknown[]): TakenJob['claim'] => {
    try {
      if (reply[0] !== 'doomed') return claim.toOutcome(reply);
      const [outcome, reason] = doomedSchema.parse(reply);
      return { outcome, reason };
    } catch (error) {
      // Only this run is given up for it, not those that came with it.
      return { outcome: 'doomed', reason: `The run cannot be read: ${String(error)}` };
    }
  };
  return async ({ done, room }) => {
    calls += 1;
    // Not the same for two calls: a job that this worker loses and gets again must not be taken for the one it had.
    const token = `${worker}:${calls}`;
    const finished = done.flatMap((job) => [job.id, job.token]);
    const reply = await script(keys, [toKey(''), token, lockMs, room, ...claim.args, ...finished]);
    const [dueMs, jobs] = replySchema.parse(reply);
    const taken = jobs.map(([id, starts, outcome]) => ({
      job: { id, token, starts },
      claim: toClaim(outcome),
    }));
    return { taken, nextDueMs: dueMs < 0 ? undefined : dueMs };
  };
}
