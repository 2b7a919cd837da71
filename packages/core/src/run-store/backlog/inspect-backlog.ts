import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keys } from '../../redis/keys.ts';
import { defineScript } from '../../redis/load-script.ts';
import { readSources } from '../scripts.ts';
import { type RunClass, runClassSchema } from './place.ts';

export interface WaitingFlow {
  readonly flow: string;
  readonly runs: number;
  /** The run of it that starts first, and since when it waits; absent when its record is gone. */
  readonly firstRun: string | undefined;
  readonly firstCreatedMs: number | undefined;
}

export interface WaitingClass {
  readonly runClass: RunClass;
  readonly waiting: number;
  readonly flows: number;
  /** Those that are due first. */
  readonly nextFlows: readonly WaitingFlow[];
}

export interface BacklogView {
  readonly classes: readonly WaitingClass[];
  /** Runs that come back later, because their provider takes no calls. */
  readonly deferred: number;
  readonly offered: number;
  readonly room: number;
  /** Until all that waits has been released; undefined when nothing was released lately. */
  readonly drainMs: number | undefined;
  readonly nowMs: number;
}

const replySchema = z.tuple([
  z.array(
    z.tuple([
      runClassSchema,
      z.number(),
      z.number(),
      z.array(z.tuple([z.string(), z.number(), z.string(), z.number()])),
    ]),
  ),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
]);

/** Looks at the backlog in one step. Throws CaluteError `store_unavailable`. */
export type InspectBacklog = (mostFlows: number) => Promise<BacklogView>;

export function createInspectBacklog(
  redis: Redis,
  keys: Pick<Keys, 'backlog' | 'deferred' | 'runs'>,
): InspectBacklog {
  const { inspect: lua } = readSources(redis.isCluster);
  const script = defineScript(redis, { name: 'inspect', lua, numberOfKeys: 2 });
  return async (mostFlows) => {
    const reply = await script([keys.backlog, keys.deferred], [keys.runs, mostFlows]);
    const [found, deferred, interval, offered, room, nowMs] = replySchema.parse(reply);
    const waiting = found.reduce((sum, [, runs]) => sum + runs, 0);
    const classes = found.map(([runClass, runs, flows, next]) => ({
      runClass,
      waiting: runs,
      flows,
      nextFlows: next.map(([flow, count, first, created]) => ({
        flow,
        runs: count,
        firstRun: first || undefined,
        firstCreatedMs: created || undefined,
      })),
    }));
    const drainMs = waiting === 0 ? 0 : interval > 0 ? waiting * interval : undefined;
    return { classes, deferred, offered, room, drainMs, nowMs };
  };
}
