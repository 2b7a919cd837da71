import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { StartError } from '@calute/core/process/start-error';
import { findContainerEngine } from './container-engine.ts';
import { installRedis } from './install-redis.ts';

export type RedisSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'program'; readonly path: string }
  | { readonly kind: 'container'; readonly engine: string };

export interface FindRedisOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Told about what takes long. */
  readonly report: (line: string) => void;
}

/**
 * Where Redis comes from, in this order: REDIS_URL, a program on PATH, a container engine, apt when it may be used.
 * Throws StartError, which says how to get one on this platform.
 */
export async function findRedis({ env, report }: FindRedisOptions): Promise<RedisSource> {
  const url = env['REDIS_URL'];
  if (url) return { kind: 'url', url };
  const program = await findRedisProgram(env);
  if (program !== undefined) return { kind: 'program', path: program };
  const engine = await findContainerEngine();
  if (engine !== undefined) return { kind: 'container', engine };
  return { kind: 'program', path: await requireRedisProgram({ env, report }) };
}

/** The path of a redis-server program, which is installed if that is allowed. Throws StartError. */
export async function requireRedisProgram({ env, report }: FindRedisOptions): Promise<string> {
  const found = await findRedisProgram(env);
  if (found !== undefined) return found;
  const reason = await installRedis(report);
  const installed = await findRedisProgram(env);
  if (installed === undefined) throw new StartError(missingMessage(process.platform, reason));
  return installed;
}

/** The path of redis-server or valkey-server. */
export async function findRedisProgram(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const suffix = process.platform === 'win32' ? '.exe' : '';
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of folders) {
      const path = join(folder, name + suffix);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** One sentence on how to get a Redis on this platform. */
export function missingMessage(platform: NodeJS.Platform, reason?: string): string {
  const because = reason === undefined ? '' : ` (${reason})`;
  return `No Redis was found${because}: ${advice(platform)}, or set REDIS_URL to one that runs elsewhere.`;
}

function advice(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'run "brew install redis"';
  if (platform === 'win32')
    return 'start Docker Desktop or Podman, or run this inside WSL with redis-server installed';
  return 'install the package redis-server (or valkey) of your distribution, or start Docker or Podman';
}
