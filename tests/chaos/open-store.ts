import { closeRedis, connectRedis, nodesOf } from '@calute/core/redis/connect';
import { createKeys } from '@calute/core/redis/keys';
import { createPartitioning, partitionPrefix } from '@calute/core/redis/partitioning';
import { startRedisCluster } from '../support/start-redis-cluster.ts';
import { type ChaosRedis, startChaosRedis } from './chaos-redis.ts';
import { type RedisProxy, startRedisProxy } from './redis-proxy.ts';

const closeMs = 1000;
const clusterPartitions = 4;

/** Where the runs are, what may happen to it, and a way to it that no fault lies on. */
export type ChaosStore = Awaited<ReturnType<typeof openStore>>;

/** One Redis behind its proxy, or a Cluster of three primaries and their replicas with several partitions. */
export async function openStore({ prefix, isCluster }: { prefix: string; isCluster: boolean }) {
  await using stack = new AsyncDisposableStack();
  const opened = isCluster ? await openCluster(stack) : await openSingle(stack);
  const direct = connectRedis(opened.directUrl, 'worker', () => undefined);
  stack.defer(() => closeRedis(direct, closeMs));
  const partitions = isCluster ? clusterPartitions : 1;
  const partitioning = createPartitioning(partitions);
  const keys = Array.from({ length: partitions }, (_, at) =>
    createKeys(partitionPrefix({ prefix, partitions, isCluster }, at)),
  );
  const all = stack.move();
  return {
    ...opened,
    direct,
    partitioning,
    /** Of each partition. */
    keys,
    environment: { REDIS_URL: opened.url, CALUTE_PREFIX: prefix, REDIS_PARTITIONS: String(partitions) },
    async killSubscribers() {
      await Promise.all(nodesOf(direct).map((node) => node.call('CLIENT', 'KILL', 'TYPE', 'pubsub')));
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

interface OpenedStore {
  readonly url: string;
  readonly directUrl: string;
  readonly isUp: () => boolean;
  readonly single?: { readonly redis: ChaosRedis; readonly proxy: RedisProxy };
  readonly cluster?: Pick<Awaited<ReturnType<typeof startRedisCluster>>, 'failOver' | 'moveSlot'>;
}

async function openSingle(stack: AsyncDisposableStack): Promise<OpenedStore> {
  const redis = stack.use(await startChaosRedis());
  const proxy = stack.use(await startRedisProxy(redis.port));
  return { url: proxy.url, directUrl: redis.url, isUp: () => redis.isUp, single: { redis, proxy } };
}

async function openCluster(stack: AsyncDisposableStack): Promise<OpenedStore> {
  const cluster = stack.use(await startRedisCluster({ replicas: true }));
  return { url: cluster.url, directUrl: cluster.url, isUp: () => true, cluster };
}
