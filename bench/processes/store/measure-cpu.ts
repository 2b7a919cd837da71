import type { StoreCpu } from '../protocol.ts';
import { readRedisCpuUs } from './inspect-store.ts';
import type { Store } from './open-store.ts';

/** What `work` takes of this process and of Redis. */
export async function measureCpu(
  { redis }: Pick<Store, 'redis'>,
  work: () => Promise<unknown>,
): Promise<StoreCpu> {
  const redisBefore = await readRedisCpuUs(redis);
  const before = process.cpuUsage();
  await work();
  // Answered after all that was sent before it, also after that for which nobody waits.
  const redisAfter = await readRedisCpuUs(redis);
  const { user, system } = process.cpuUsage(before);
  return { own: user + system, redis: redisAfter - redisBefore };
}
