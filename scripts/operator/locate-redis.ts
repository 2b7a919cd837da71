import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export type LocatedRedis =
  | {
      readonly outcome: 'found';
      readonly url: string;
      /** What to do when it does not answer, if that is clear from where the URL was found. */
      readonly advice?: string;
    }
  /** One sentence that says what to do. */
  | { readonly outcome: 'none'; readonly message: string };

const startFirst =
  'The private Redis of this folder is not running: run "npm start" first, or set REDIS_URL.';
const recordSchema = z.object({ url: z.string() });

/** The Redis of REDIS_URL, else the private one of a running `npm start`, which notes its URL in `dataDir`/redis.json. */
export async function locateRedis(env: NodeJS.ProcessEnv, dataDir: string): Promise<LocatedRedis> {
  const url = env['REDIS_URL'];
  if (url) return { outcome: 'found', url };
  const record = await readRecord(join(dataDir, 'redis.json'));
  if (record) return { outcome: 'found', url: record.url, advice: startFirst };
  if (await exists(join(dataDir, 'redis'))) return { outcome: 'none', message: startFirst };
  return {
    outcome: 'none',
    message: 'No Redis is known: set REDIS_URL, or run "npm start", which brings its own.',
  };
}

async function readRecord(path: string): Promise<{ url: string } | undefined> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined; // because a file that is missing or half written names no Redis either way
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
