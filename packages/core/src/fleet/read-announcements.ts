import type { Redis } from 'ioredis';
import { z } from 'zod';
import { defineScript } from '../redis/load-script.ts';
import type { AnnouncementKeys } from './create-announcer.ts';
import { keptMs, leaseMs } from './lease.ts';

/** What stands in the store at one moment. */
export interface Announcements {
  readonly liveWorkers: number;
  /** Each text once, the one of the worker that started last first. */
  readonly texts: readonly string[];
  /** Agent id → when it was first announced, in Unix seconds. */
  readonly created: ReadonlyMap<string, number>;
}

const replySchema = z.tuple([
  z.number(),
  z.array(z.tuple([z.coerce.number(), z.string()])),
  z.array(z.string()),
]);

/** Reads in one atomic step. Throws CaluteError `store_unavailable`. */
export function createReadAnnouncements(redis: Redis, keys: AnnouncementKeys): () => Promise<Announcements> {
  const lua = new URL('./lua/read.lua', import.meta.url);
  const script = defineScript(redis, { name: 'read-announcements', lua, numberOfKeys: 4 });
  const keyNames = [keys.workers, keys.workersSeen, keys.announcements, keys.agentsCreated];
  return async () => {
    const [liveWorkers, announced, created] = replySchema.parse(await script(keyNames, [leaseMs, keptMs]));
    // The text breaks a tie, so that every replica lists the same.
    announced.sort(([a, textA], [b, textB]) => b - a || (textA < textB ? -1 : 1));
    return { liveWorkers, texts: announced.map(([, text]) => text), created: toMap(created) };
  };
}

/** Redis answers a hash as field, value, field, value. */
function toMap(flat: readonly string[]): Map<string, number> {
  const pairs = flat.flatMap((field, index) =>
    index % 2 === 0 ? [[field, Number(flat[index + 1])] as const] : [],
  );
  return new Map(pairs);
}
