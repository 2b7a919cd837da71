import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { beforeEach, inject } from 'vitest';

const ownName = 'leak-check';
/** Redis notices a closed socket, and the system an ended process, a moment later. */
const defaultSettleMs = 2000;
const lookAgainMs = 20;

/**
 * Makes every test of the file fail that leaves a Redis client connected or a child process alive. Call it once, at the
 * top. Clients of this process are known by their name, which `connectRedis` ends with the process id.
 */
export function failOnLeaks({ namePart = `:${process.pid}` }: { namePart?: string } = {}): void {
  beforeEach(async ({ onTestFinished, expect }) => {
    const before = await takeStock(namePart);
    // The first of these hooks runs last, so that a test may close what it opened in its own.
    onTestFinished(async () => {
      const left = await findLeaks(before, { namePart });
      expect(left, 'what this test has left open').toEqual({ clients: [], processes: 0 });
    });
  });
}

export interface Stock {
  /** By Redis's client id. */
  readonly clients: ReadonlyMap<string, string>;
  readonly processes: number;
}

export interface Leaks {
  /** By their names. */
  readonly clients: readonly string[];
  readonly processes: number;
}

/** What is there now and was not before, once that has had `settleMs` to go. */
export async function findLeaks(
  before: Stock,
  { namePart, settleMs = defaultSettleMs }: { readonly namePart: string; readonly settleMs?: number },
): Promise<Leaks> {
  const until = performance.now() + settleMs;
  while (true) {
    const now = await takeStock(namePart);
    const clients = [...now.clients].filter(([id]) => !before.clients.has(id)).map(([, name]) => name);
    const processes = Math.max(0, now.processes - before.processes);
    if ((clients.length === 0 && processes === 0) || performance.now() > until) return { clients, processes };
    await wait(lookAgainMs);
  }
}

/** The clients whose name has this part, and the child processes of this one. */
export async function takeStock(namePart: string): Promise<Stock> {
  const redis = new Redis(inject('redisUrl'), { connectionName: ownName });
  try {
    const lines = String(await redis.client('LIST')).split('\n');
    const named = lines.flatMap((line) => {
      const { id, name } = /^id=(?<id>\d+) .*? name=(?<name>\S*)/.exec(line)?.groups ?? {};
      return id !== undefined && name?.includes(namePart) ? [[id, name] as const] : [];
    });
    const processes = process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;
    return { clients: new Map(named), processes };
  } finally {
    redis.disconnect();
  }
}
