import type { RedisProcess } from '../../scripts/redis/spawn-redis.ts';
import { startBenchRedis } from '../ground/start-bench-redis.ts';
import { type BenchGround, startOn } from '../ground/start-ground.ts';
import type { BenchProcess } from '../ground/start-process.ts';
import type { LoadOrder } from '../processes/protocol.ts';
import type { Peer } from './peer.ts';
import { targetAt } from './start-calute.ts';

/** Everything but Calute, in the order of the table. */
export async function startPeers(ground: BenchGround, withPortkey: boolean): Promise<readonly Peer[]> {
  const { loader, upstreamUrl } = ground;
  const direct: Peer = { id: 'direct', loader, target: targetAt([upstreamUrl]), processes: [] };
  const relays = [await startRelay(ground, 'relay-undici'), await startRelay(ground, 'relay-fetch')];
  const portkey = withPortkey ? [await startPortkey(ground)] : [];
  return [direct, ...relays, ...portkey, await startTutorial(ground), await startQueueAlone(ground)];
}

/** The relay alone. */
export async function startRelay(ground: BenchGround, id: 'relay-fetch' | 'relay-undici'): Promise<Peer> {
  const { loader, upstreamUrl } = ground;
  const api = await startOn(ground, {
    file: `bench/processes/peers/${id}.ts`,
    env: { UPSTREAM_URL: upstreamUrl },
  });
  return { id, loader, target: targetAt([api.url]), processes: [{ role: 'api', pid: api.pid }] };
}

async function startPortkey(ground: BenchGround): Promise<Peer> {
  const api = await startOn(ground, {
    file: 'bench/processes/peers/portkey.ts',
    env: { TRUSTED_CUSTOM_HOSTS: '127.0.0.1' },
  });
  const target = targetAt([api.url], {
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `${ground.upstreamUrl}/v1`,
  });
  return { id: 'portkey', loader: ground.loader, target, processes: [{ role: 'api', pid: api.pid }] };
}

async function startTutorial(ground: BenchGround): Promise<Peer> {
  const redis = await startBenchRedis(ground, 'tutorial');
  const env = { REDIS_URL: redis.url, UPSTREAM_URL: ground.upstreamUrl };
  const worker = await startOn(ground, { file: 'bench/processes/peers/tutorial-worker.ts', env });
  const api = await startOn(ground, { file: 'bench/processes/peers/tutorial-api.ts', env });
  return {
    id: 'tutorial',
    loader: ground.loader,
    target: targetAt([api.url]),
    processes: processesOf({ api, worker, redis }),
  };
}

async function startQueueAlone(ground: BenchGround): Promise<Peer> {
  const redis = await startBenchRedis(ground, 'bullmq');
  const env = { REDIS_URL: redis.url };
  const worker = await startOn(ground, { file: 'bench/processes/peers/queue-worker.ts', env });
  const api = await startOn<LoadOrder>(ground, { file: 'bench/processes/peers/queue-client.ts', env });
  return {
    id: 'bullmq',
    loader: api,
    target: targetAt([]),
    processes: processesOf({ api, worker, redis }),
    scenarios: ['burst-1', 'burst-32', 'burst-256'],
  };
}

interface QueueProcesses {
  readonly api: Pick<BenchProcess, 'pid'>;
  readonly worker: BenchProcess;
  readonly redis: RedisProcess;
}

function processesOf(parts: QueueProcesses): Peer['processes'] {
  return (['api', 'worker', 'redis'] as const).map((role) => ({ role, pid: parts[role].pid }));
}
