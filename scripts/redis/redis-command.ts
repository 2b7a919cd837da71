import { createHash } from 'node:crypto';
import { redisImage } from './container-engine.ts';
import type { RedisSource } from './find-redis.ts';
import { type RedisArguments, redisArguments } from './redis-arguments.ts';
import { runCommand } from './run-command.ts';

/** How to run a Redis in the foreground. */
export interface RedisCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** How long it may take until it serves; a big log is loaded first, an image may have to be pulled. */
  readonly startMs: number;
  /** Removes what a killed process may have left. */
  cleanUp?(): Promise<void>;
}

const programStartMs = 60_000;
const containerStartMs = 180_000;
const engineMs = 30_000;

/** The redis-server program itself. */
export function programCommand(path: string, settings: RedisArguments): RedisCommand {
  return { file: path, args: redisArguments(settings), startMs: programStartMs };
}

/**
 * Redis in a container in the foreground, so that signals and the end pass through the engine's client. The data lies in
 * a volume of its own: in a mounted folder it would belong to the image's user.
 */
async function containerCommand(
  engine: string,
  { dir, port }: { dir: string; port: number },
): Promise<RedisCommand> {
  const name = `calute-redis-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`;
  // That of an earlier start which was killed; the stop lets it write its log to the end.
  await runCommand(engine, ['stop', name], { timeoutMs: engineMs });
  const remove = async () => void (await runCommand(engine, ['rm', '-f', name], { timeoutMs: engineMs }));
  await remove();
  const server = ['redis-server', ...redisArguments({ port: 6379, bind: '*', dir: '/data' })];
  const args = [
    'run',
    '--rm',
    '--name',
    name,
    '-p',
    `127.0.0.1:${port}:6379`,
    '-v',
    `${name}:/data`,
    redisImage,
    ...server,
  ];
  return { file: engine, args, startMs: containerStartMs, cleanUp: remove };
}

/** The command for what `findRedis` has found. */
export async function redisCommand(
  source: Extract<RedisSource, { kind: 'program' | 'container' }>,
  settings: { dir: string; port: number },
): Promise<RedisCommand> {
  return source.kind === 'program'
    ? programCommand(source.path, settings)
    : containerCommand(source.engine, settings);
}
