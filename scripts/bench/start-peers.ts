import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../redis/free-port.ts';
import { programCommand } from '../redis/redis-command.ts';
import { type RedisProcess, spawnRedis } from '../redis/spawn-redis.ts';
import type { Peer } from './peer.ts';
import type { Target } from './protocol.ts';
import { type BenchProcess, startProcess } from './start-process.ts';

/** What every peer is started with; `stack` ends what was started, last first. */
export interface BenchGround {
  readonly stack: AsyncDisposableStack;
  /** A new folder of this run. */
  readonly dir: string;
  /** The redis-server program. */
  readonly redisProgram: string;
  readonly upstreamUrl: string;
  readonly loader: BenchProcess;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const path = '/v1/chat/completions';
/** Every peer gets it; only Calute looks at it. */
const key = 'a-key-of-the-benchmark';
const authorization = `Bearer ${key}`;

/** The mock upstream and the load generator, which all peers share. */
export async function startGround(
  stack: AsyncDisposableStack,
  { dir, redisProgram }: { readonly dir: string; readonly redisProgram: string },
): Promise<BenchGround> {
  const start = async (file: string) =>
    stack.use(await startProcess({ file: join(root, 'bench', file), env: {}, logDir: dir }));
  const upstream = await start('upstream/main.ts');
  const loader = await start('load/main.ts');
  return { stack, dir, redisProgram, upstreamUrl: upstream.url, loader };
}

/** Everything but Calute, in the order of the table. */
export async function startPeers(ground: BenchGround, withPortkey: boolean): Promise<readonly Peer[]> {
  const { loader, upstreamUrl } = ground;
  const direct: Peer = { id: 'direct', loader, target: targetAt(upstreamUrl), processes: [] };
  const relays = [await startRelay(ground, 'relay-undici'), await startRelay(ground, 'relay-fetch')];
  const portkey = withPortkey ? [await startPortkey(ground)] : [];
  return [direct, ...relays, ...portkey, await startTutorial(ground), await startQueueAlone(ground)];
}

/** The API and one worker as users run them, with a key and a log line per run that goes to a file. */
export async function startCalute(
  ground: BenchGround,
  options: { readonly execArgv?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Peer> {
  const redis = await startRedis(ground, 'calute');
  const { execArgv = [] } = options;
  const env = { REDIS_URL: redis.url, CALUTE_API_KEY: key, ...options.env };
  const worker = await start(ground, {
    file: 'apps/worker/src/main.ts',
    env: {
      ...env,
      CALUTE_AGENTS: join(root, 'bench/fixtures/agents'),
      OPENAI_BASE_URL: `${ground.upstreamUrl}/v1`,
      OPENAI_API_KEY: 'any',
    },
    execArgv,
  });
  const api = await start(ground, {
    file: 'apps/api/src/main.ts',
    env: { ...env, PORT: '0', ADMIN_PORT: '0' },
    execArgv,
  });
  return {
    id: 'calute',
    loader: ground.loader,
    target: targetAt(api.url),
    processes: processesOf({ api, worker, redis }),
  };
}

async function startRelay(ground: BenchGround, id: 'relay-fetch' | 'relay-undici'): Promise<Peer> {
  const { loader, upstreamUrl } = ground;
  const api = await start(ground, { file: `bench/peers/${id}.ts`, env: { UPSTREAM_URL: upstreamUrl } });
  return { id, loader, target: targetAt(api.url), processes: [{ role: 'api', pid: api.pid }] };
}

async function startPortkey(ground: BenchGround): Promise<Peer> {
  const api = await start(ground, {
    file: 'bench/peers/portkey.ts',
    env: { TRUSTED_CUSTOM_HOSTS: '127.0.0.1' },
  });
  const target = targetAt(api.url, {
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `${ground.upstreamUrl}/v1`,
  });
  return { id: 'portkey', loader: ground.loader, target, processes: [{ role: 'api', pid: api.pid }] };
}

async function startTutorial(ground: BenchGround): Promise<Peer> {
  const redis = await startRedis(ground, 'tutorial');
  const env = { REDIS_URL: redis.url, UPSTREAM_URL: ground.upstreamUrl };
  const worker = await start(ground, { file: 'bench/peers/tutorial-worker.ts', env });
  const api = await start(ground, { file: 'bench/peers/tutorial-api.ts', env });
  return {
    id: 'tutorial',
    loader: ground.loader,
    target: targetAt(api.url),
    processes: processesOf({ api, worker, redis }),
  };
}

async function startQueueAlone(ground: BenchGround): Promise<Peer> {
  const redis = await startRedis(ground, 'bullmq');
  const env = { REDIS_URL: redis.url };
  const worker = await start(ground, { file: 'bench/peers/queue-worker.ts', env });
  const api = await start(ground, { file: 'bench/peers/queue-client.ts', env });
  return {
    id: 'bullmq',
    loader: api,
    target: targetAt(''),
    processes: processesOf({ api, worker, redis }),
    scenarios: ['burst-1', 'burst-32', 'burst-256'],
  };
}

function targetAt(url: string, headers: Readonly<Record<string, string>> = {}): Target {
  return { url: `${url}${path}`, headers: { authorization, ...headers } };
}

function processesOf(parts: { api: BenchProcess; worker: BenchProcess; redis: RedisProcess }) {
  return (['api', 'worker', 'redis'] as const).map((role) => ({ role, pid: parts[role].pid }));
}

/** With the log on disk written every second, as Calute's own start does; one for each peer that needs it. */
async function startRedis({ stack, dir, redisProgram }: BenchGround, name: string): Promise<RedisProcess> {
  const dataDir = join(dir, `redis-${name}`);
  await mkdir(dataDir);
  const port = await freePort();
  const redis = await spawnRedis({
    command: programCommand(redisProgram, { dir: dataDir, port }),
    port,
    logDir: dataDir,
  });
  stack.defer(() => redis.stop());
  return redis;
}

interface StartParts {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
}

async function start({ stack, dir }: BenchGround, parts: StartParts): Promise<BenchProcess> {
  return stack.use(await startProcess({ ...parts, file: join(root, parts.file), logDir: dir }));
}
