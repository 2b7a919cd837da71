import type { Redis } from 'ioredis';
import type { RunId, TenantId } from '../../ids.ts';
import { tenantIdSchema } from '../../ids.ts';
import type { Keys } from '../../redis/keys.ts';
import { orStoreError } from '../../redis/store-error.ts';

/** Where a run is: it waits in the backlog, is offered to the workers, is held by one, or is over. */
export type RunPhase = 'waiting' | 'offered' | 'running' | 'ended';

export interface RunAttempt {
  readonly attempt: number;
  readonly atMs: number;
  readonly worker: string;
}

/** What a run's record says, but for what it asks. */
export interface RunState {
  readonly tenant: TenantId;
  readonly createdMs: number;
  readonly deadlineMs: number;
  readonly phase: RunPhase;
  /** The reason, once it has ended. */
  readonly end: string | undefined;
  readonly seq: number;
  /** How often a worker died under it. */
  readonly losses: number;
  /** Its class, weight and flow. */
  readonly place: string;
  /** The last ones, oldest first. */
  readonly attempts: readonly RunAttempt[];
}

const fields = [
  'tenant',
  'created',
  'deadline',
  'end',
  'slot',
  'control',
  'seq',
  'losses',
  'place',
  'attempts',
] as const;

/** Looks runs up in one round trip; undefined for one that is not known. Throws CaluteError `store_unavailable`. */
export type ReadRunStates = (runIds: readonly RunId[]) => Promise<(RunState | undefined)[]>;

export function createReadRunStates(redis: Redis, keys: Pick<Keys, 'run' | 'controlChannel'>): ReadRunStates {
  const channelPrefix = keys.controlChannel('');
  return (runIds) =>
    Promise.all(
      runIds.map(async (id) =>
        toState(await orStoreError(redis.hmget(keys.run(id), ...fields)), channelPrefix),
      ),
    );
}

function toState(values: readonly (string | null)[], channelPrefix: string): RunState | undefined {
  const [tenant, created, deadline, end, slot, control, seq, losses, place, attempts] = values;
  const known = tenantIdSchema.safeParse(tenant);
  if (!known.success) return undefined;
  return {
    tenant: known.data,
    createdMs: Number(created),
    deadlineMs: Number(deadline),
    phase: end ? 'ended' : !slot ? 'waiting' : control ? 'running' : 'offered',
    end: end ?? undefined,
    seq: Number(seq ?? 0),
    losses: Number(losses ?? 0),
    place: place ?? '',
    attempts: parseAttempts(attempts ?? '', channelPrefix),
  };
}

/** `EPOCH MS CHANNEL`, one after the other; the oldest may be cut off at its start. */
function parseAttempts(text: string, channelPrefix: string): RunAttempt[] {
  return [...text.matchAll(/ (\d+) (\d+) (\S+)/g)].map(([, attempt, atMs, channel = '']) => ({
    attempt: Number(attempt),
    atMs: Number(atMs),
    worker: channel.startsWith(channelPrefix) ? channel.slice(channelPrefix.length) : channel,
  }));
}
