import type { Redis } from 'ioredis';
import type { Logger } from '../logging/logger.ts';
import { agentDescriptorSchema } from './agent-descriptor.ts';
import type { AgentDirectory, ListedAgent } from './agent-directory.ts';
import { announcementSchema } from './announcement.ts';
import type { AnnouncementKeys } from './create-announcer.ts';
import { type Announcements, createReadAnnouncements } from './read-announcements.ts';

/** The directory, and how many workers there are to serve it. */
export interface WorkerDirectory extends AgentDirectory {
  /** Workers heard of in the last 15 s that have not withdrawn. */
  liveWorkers(): Promise<number>;
}

export interface AgentDirectoryParts {
  readonly redis: Redis;
  readonly keys: AnnouncementKeys;
  readonly now: () => number;
  readonly logger: Logger;
  /** How old an answer may be. @defaultValue 1000 */
  readonly cacheMs?: number;
}

interface Snapshot {
  readonly atMs: number;
  readonly liveWorkers: number;
  readonly agents: ReadonlyMap<string, ListedAgent>;
}

/**
 * The agents of the live workers; while no worker lives, those of the last ones for 24 h, so that requests are accepted
 * and wait. All methods throw CaluteError `store_unavailable`.
 */
export function createAgentDirectory(parts: AgentDirectoryParts): WorkerDirectory {
  const { now, cacheMs = 1000 } = parts;
  const read = createReadAnnouncements(parts.redis, parts.keys);
  const listAgents = createListAgents(parts.logger);
  let latest: Snapshot | undefined;
  let pending: Promise<Snapshot> | undefined;

  const look = async (): Promise<Snapshot> => {
    const atMs = now();
    const announcements = await read();
    latest = { atMs, liveWorkers: announcements.liveWorkers, agents: listAgents(announcements) };
    return latest;
  };
  const lookOnce = (): Promise<Snapshot> => {
    pending ??= look().finally(() => {
      pending = undefined;
    });
    return pending;
  };
  const recent = async () => (latest && now() - latest.atMs < cacheMs ? latest : lookOnce());

  return {
    list: async () => [...(await recent()).agents.values()],
    get: async (id) => (await recent()).agents.get(id) ?? (await lookOnce()).agents.get(id),
    liveWorkers: async () => (await recent()).liveWorkers,
  };
}

/** Sorted by id; of two descriptors of one agent the first counts. What cannot be read is named in the log once. */
function createListAgents(logger: Logger): (announcements: Announcements) => Map<string, ListedAgent> {
  let reported = new Set<string>();
  return ({ texts, created }) => {
    const agents = new Map<string, ListedAgent>();
    const unreadable = new Set<string>();
    for (const descriptor of texts.flatMap(parseDescriptors)) {
      const parsed = agentDescriptorSchema.safeParse(descriptor);
      if (!parsed.success) unreadable.add(JSON.stringify(descriptor));
      else if (!agents.has(parsed.data.id)) {
        agents.set(parsed.data.id, { ...parsed.data, created: created.get(parsed.data.id) ?? 0 });
      }
    }
    const fresh = [...unreadable].filter((text) => !reported.has(text));
    for (const text of fresh) logger.warn({ announced: text }, 'agent.unreadable');
    reported = unreadable; // because it is bounded by what is announced now
    return new Map([...agents].sort(([a], [b]) => (a < b ? -1 : 1)));
  };
}

/** A text that is no announcement at all is handed on as one unreadable descriptor. */
function parseDescriptors(text: string): unknown[] {
  try {
    return announcementSchema.parse(JSON.parse(text)).agents;
  } catch {
    return [text];
  }
}
