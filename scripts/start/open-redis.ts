import { StartError } from '@calute/core/process/start-error';
import { checkRedis } from '../redis/check-redis.ts';
import { findRedis } from '../redis/find-redis.ts';
import { startRedis } from '../redis/start-redis.ts';

export interface OpenRedisOptions {
  readonly env: NodeJS.ProcessEnv;
  /** `.calute`, where a private Redis keeps its data. */
  readonly dir: string;
  readonly report: (line: string) => void;
}

export interface OpenRedis extends AsyncDisposable {
  readonly url: string;
}

/** The Redis of REDIS_URL once it is checked, else a private one. Throws StartError. */
export async function openRedis({ env, dir, report }: OpenRedisOptions): Promise<OpenRedis> {
  const source = await findRedis({ env, report });
  if (source.kind !== 'url') return startRedis({ dir, source, report });
  const check = await checkRedis(source.url);
  if (check.outcome === 'unusable') throw new StartError(check.message);
  for (const warning of check.warnings) report(`calute: warning: ${warning}`);
  return { url: source.url, [Symbol.asyncDispose]: async () => undefined };
}
