import { z } from 'zod';
import { gatherCalls } from '../../async/gather-calls.ts';
import { type RunId, runIdSchema, tenantIdSchema } from '../../ids.ts';
import type { Keys } from '../../redis/keys.ts';
import { encodeEvents } from '../../runs/frame-payload.ts';
import { runRequestSchema } from '../../runs/run-request.ts';
import { runClassSchema } from '../backlog/place.ts';
import type { ClaimOutcome } from '../run-log.ts';
import type { defineScripts } from '../scripts.ts';
import { type LeaseTimes, mostLosses } from './lease-times.ts';
import type { Leases } from './leases.ts';

export interface RedisLeasesParts {
  readonly scripts: ReturnType<typeof defineScripts>;
  readonly keys: Keys;
  readonly retentionMs: number;
  readonly times: LeaseTimes;
  /** Told when a run leaves its slot. */
  readonly onSlotFree: () => void;
}

/** Written when a run is claimed after its deadline. */
const latePayload = encodeEvents([{ type: 'run-end', end: { reason: 'cancelled', by: 'deadline' } }]);

export function createRedisLeases(parts: RedisLeasesParts): Leases {
  const { scripts, keys, retentionMs, times, onSlotFree } = parts;
  const { leaseMs, offerMs, comeBackMs, longestPauseMs, unsubscribedMs } = times;
  const { live, leases, backlog, holders, rooms, deferred, looks } = keys;
  const claim = gatherCalls(async (calls: readonly ClaimCall[]) => {
    // Calls of one process have one holder.
    const channel = calls[0]?.channel ?? '';
    const runKeys = calls.flatMap(({ runId }) => [keys.run(runId), keys.log(runId)]);
    const figures = [channel, leaseMs, retentionMs, latePayload, mostLosses];
    const runs = calls.flatMap(({ runId, epoch }) => [runId, epoch]);
    const replies = await scripts.claim([live, leases, backlog, ...runKeys], [...figures, ...runs]);
    z.array(z.unknown())
      .parse(replies)
      .forEach((reply, index) => {
        const call = calls[index];
        if (call) call.reply = reply;
      });
  });
  const held = (reply: unknown) => z.literal([0, 1]).parse(reply) === 1;
  return {
    async claim(runId, { epoch, channel }) {
      const call: ClaimCall = { runId, epoch, channel, reply: undefined };
      await claim(call);
      return toClaimOutcome(call.reply);
    },
    async renew({ channel, room, totalRoom }, own) {
      const runKeys = own.map(({ runId }) => keys.run(runId));
      const runs = own.flatMap(({ runId, epoch }) => [runId, epoch]);
      const figures = totalRoom === undefined ? room : `${room} ${totalRoom}`;
      const renewKeys = [leases, backlog, holders, rooms, ...runKeys];
      return idsSchema.parse(await scripts.renew(renewKeys, [channel, figures, leaseMs, ...runs]));
    },
    handBack: async ({ runId, epoch }, afterMs) =>
      held(await scripts.handBack([keys.run(runId), leases], [runId, epoch, afterMs + offerMs])),
    async defer({ runId, epoch }, afterMs) {
      const deferKeys = [backlog, leases, deferred, keys.run(runId)];
      const isDeferred = held(await scripts.defer(deferKeys, [runId, epoch, afterMs]));
      if (isDeferred) onSlotFree();
      return isDeferred;
    },
    async expired(limit) {
      const args = [keys.runs, limit, longestPauseMs, comeBackMs, offerMs, unsubscribedMs];
      const found = expiredSchema.parse(await scripts.expire([leases, looks, backlog], args));
      return found.map(([due, runId, epoch]) => ({ due, runId, epoch }));
    },
  };
}

interface ClaimCall {
  readonly runId: RunId;
  readonly epoch: number;
  readonly channel: string;
  /** Set by the call that it went with. */
  reply: unknown;
}

const idsSchema = z.array(runIdSchema);

const expiredSchema = z.array(
  z.tuple([z.enum(['lost', 'unclaimed', 'unqueued', 'abandoned']), runIdSchema, z.number()]),
);

/** The usual one first: a union tries its members in turn. */
const claimReplySchema = z.union([
  z.tuple([
    z.literal('claimed'),
    z.number(),
    z.number(),
    z.string(),
    tenantIdSchema,
    z.string(),
    z.number(),
    z.number(),
    runClassSchema,
    z.number(),
  ]),
  z.tuple([z.enum(['ended', 'unknown', 'stale', 'doomed'])]),
]);

/** Throws when the record is no run's. */
function toClaimOutcome(reply: unknown): ClaimOutcome {
  const claim = claimReplySchema.parse(reply);
  if (claim[0] !== 'claimed') return { outcome: claim[0] };
  const [outcome, epoch, seq, visible, tenant, request, remainingMs, waitedMs, runClass, attempt] = claim;
  const readable = runRequestSchema.safeParse(JSON.parse(request));
  if (!readable.success) return { outcome: 'unreadable', epoch, attempt };
  return {
    outcome,
    epoch,
    seq,
    visible: visible === '1',
    tenant,
    request: readable.data,
    remainingMs,
    waitedMs,
    runClass,
    attempt,
  };
}
