import { join } from 'node:path';
import { roleNodeOptions } from '@calute/core/process/bound-garbage';
import { startBenchRedis } from '../ground/start-bench-redis.ts';
import { type BenchGround, root, startOn } from '../ground/start-ground.ts';
import type { BenchProcess } from '../ground/start-process.ts';
import type { Target } from '../processes/protocol.ts';
import type { Peer } from './peer.ts';

const path = '/v1/chat/completions';
/** Every peer gets it; only Calute looks at it. */
const key = 'a-key-of-the-benchmark';

export interface CaluteOptions {
  /** Tells its Redis from those of others. @defaultValue calute */
  readonly name?: string;
  /** @defaultValue 1 */
  readonly workers?: number;
  /** @defaultValue 1 */
  readonly apis?: number;
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Calute, whose Redis and admin ports may be looked at. */
export interface CalutePeer extends Peer {
  readonly redisUrl: string;
  /** Of those processes that have one. */
  readonly admins: readonly string[];
}

/** Where one role is started, and how. */
export interface RoleOptions extends Pick<CaluteOptions, 'execArgv' | 'env'> {
  readonly redisUrl: string;
}

/** APIs and workers as users run them, with a key and a log line per run that goes to a file. */
export async function startCalute(ground: BenchGround, options: CaluteOptions = {}): Promise<CalutePeer> {
  const { name = 'calute', workers = 1, apis = 1, execArgv = [], env = {} } = options;
  const redis = await startBenchRedis(ground, name);
  const role = { redisUrl: redis.url, execArgv, env };
  const workerProcesses = await startSeveral(workers, () => startCaluteWorker(ground, role));
  const apiProcesses = await startSeveral(apis, () => startCaluteApi(ground, role));
  return {
    id: 'calute',
    redisUrl: redis.url,
    loader: ground.loader,
    target: targetAt(apiProcesses.map(({ url }) => url)),
    admins: [...apiProcesses, ...workerProcesses].flatMap(({ admin }) => admin ?? []),
    processes: [
      ...apiProcesses.map(({ pid }) => ({ role: 'api' as const, pid })),
      ...workerProcesses.map(({ pid }) => ({ role: 'worker' as const, pid })),
      { role: 'redis', pid: redis.pid },
    ],
  };
}

/** A worker that serves the agents of the mock upstream's models. */
export function startCaluteWorker(
  ground: BenchGround,
  { redisUrl, execArgv = [], env = {} }: RoleOptions,
): Promise<BenchProcess> {
  const given = {
    REDIS_URL: redisUrl,
    CALUTE_AGENTS: join(root, 'bench/fixtures/agents'),
    OPENAI_BASE_URL: `${ground.upstreamUrl}/v1`,
    OPENAI_API_KEY: 'any',
  };
  return startOn(ground, {
    file: 'apps/worker/src/main.ts',
    env: { ...given, ...env },
    execArgv: [...roleNodeOptions(env), ...execArgv],
  });
}

export function startCaluteApi(
  ground: BenchGround,
  { redisUrl, execArgv = [], env = {} }: RoleOptions,
): Promise<BenchProcess> {
  const given = { REDIS_URL: redisUrl, CALUTE_API_KEY: key, PORT: '0', ADMIN_PORT: '0' };
  return startOn(ground, {
    file: 'apps/api/src/main.ts',
    env: { ...given, ...env },
    execArgv: [...roleNodeOptions(env), ...execArgv],
  });
}

/** The completions of servers at these addresses. */
export function targetAt(origins: readonly string[], headers: Target['headers'] = {}): Target {
  return {
    urls: origins.map((origin) => `${origin}${path}`),
    headers: { authorization: `Bearer ${key}`, ...headers },
  };
}

async function startSeveral(count: number, start: () => Promise<BenchProcess>) {
  const started: BenchProcess[] = [];
  while (started.length < count) started.push(await start());
  return started;
}
