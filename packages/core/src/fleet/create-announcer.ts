import { once } from 'node:events';
import type { Redis } from 'ioredis';
import type { Logger } from '../logging/logger.ts';
import type { Keys } from '../redis/keys.ts';
import { defineScript } from '../redis/load-script.ts';
import type { AgentDescriptor } from './agent-descriptor.ts';
import { encodeAnnouncement } from './announcement.ts';
import { keptMs } from './lease.ts';

/** Tells the API tier that this worker lives and what it serves. */
export interface Announcer {
  /** Announces once. Throws CaluteError `store_unavailable`. */
  tick(): Promise<void>;
  /** Announces now and at every interval, also after it has withdrawn. Never throws: a failed announcement is logged and the next one makes up for it. */
  start(): Promise<void>;
  /** From now on announces these agents, at once and as of `sinceMs`; never throws. */
  replace(agents: readonly AgentDescriptor[], sinceMs: number): Promise<void>;
  /**
   * Takes this worker off the list and stops announcing, until it is started again. Idempotent; gives up when `signal` aborts, because without
   * Redis it would wait for ever, and the lease runs out by itself.
   */
  withdraw(signal: AbortSignal): Promise<void>;
}

export interface AnnouncerParts {
  readonly redis: Redis;
  readonly keys: AnnouncementKeys;
  /** Unique to this process. */
  readonly workerId: string;
  readonly agents: readonly AgentDescriptor[];
  readonly logger: Logger;
  /** The worker's start, in Unix ms: where workers differ over an agent, the one that started last is right. */
  readonly startedAtMs: number;
  /** @defaultValue 5000 */
  readonly intervalMs?: number;
  /** Calls back every so often until the returned function is called. @defaultValue setInterval */
  readonly every?: (intervalMs: number, callback: () => void) => () => void;
}

export type AnnouncementKeys = Pick<Keys, 'workers' | 'workersSeen' | 'announcements' | 'agentsCreated'>;

/** Announces through Redis, each time in one atomic step. */
export function createAnnouncer(parts: AnnouncerParts): Announcer {
  const { workerId, logger, intervalMs = 5000, every = everyInterval } = parts;
  const announce = createAnnounce(parts);
  const remove = defineScript(parts.redis, { name: 'withdraw', lua: luaFile('withdraw'), numberOfKeys: 2 });
  let stopTimer: (() => void) | undefined;
  let withdrawn = false;
  let pending: Promise<void> | undefined;
  let served: Served = { agents: parts.agents, sinceMs: parts.startedAtMs };

  const tick = (): Promise<void> => {
    if (withdrawn) return Promise.resolve();
    // Not a second one while Redis is away: a worker's commands wait for it, and would pile up.
    pending ??= announce(served).finally(() => {
      pending = undefined;
    });
    return pending;
  };
  const tickAndLog = () =>
    tick().catch((error: unknown) => logger.warn({ err: error }, 'worker.announce-failed'));

  return {
    tick,
    async start() {
      withdrawn = false;
      stopTimer ??= every(intervalMs, () => void tickAndLog());
      // What is under way may have been sent before it withdrew.
      await pending?.catch(() => undefined);
      await tickAndLog();
    },
    async replace(agents, sinceMs) {
      served = { agents, sinceMs };
      // One that is under way may still tell of the old ones.
      await pending?.catch(() => undefined);
      await tickAndLog();
    },
    async withdraw(signal) {
      stopTimer?.();
      stopTimer = undefined;
      withdrawn = true;
      const gone = remove([parts.keys.workers, parts.keys.workersSeen], [workerId]);
      await Promise.race([gone, aborted(signal)]).catch((error: unknown) => {
        logger.warn({ err: error }, 'worker.withdraw-failed');
      });
    },
  };
}

interface Served {
  readonly agents: readonly AgentDescriptor[];
  readonly sinceMs: number;
}

function createAnnounce({ redis, keys, workerId }: AnnouncerParts): (served: Served) => Promise<void> {
  const script = defineScript(redis, { name: 'announce', lua: luaFile('announce'), numberOfKeys: 4 });
  const keyNames = [keys.workers, keys.workersSeen, keys.announcements, keys.agentsCreated];
  return async ({ agents, sinceMs }) => {
    const value = `${sinceMs} ${encodeAnnouncement(agents)}`;
    await script(keyNames, [workerId, value, keptMs, ...agents.map(({ id }) => id)]);
  };
}

function luaFile(name: string): URL {
  return new URL(`./lua/${name}.lua`, import.meta.url);
}

function everyInterval(intervalMs: number, callback: () => void): () => void {
  const timer = setInterval(callback, intervalMs);
  return () => clearInterval(timer);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
