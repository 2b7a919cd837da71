import type { Redis } from 'ioredis';
import { nodesOf } from './connect.ts';
import { orStoreError } from './store-error.ts';

/**
 * How much of the memory that Redis may use is in use, in a Cluster by the fullest node; undefined when nothing limits it. Throws
 * CaluteError `store_unavailable`.
 */
export async function readMemoryRatio(redis: Redis): Promise<number | undefined> {
  const ratios = (await Promise.all(nodesOf(redis).map(readRatio))).filter((ratio) => ratio !== undefined);
  return ratios.length === 0 ? undefined : Math.max(...ratios);
}

async function readRatio(redis: Redis): Promise<number | undefined> {
  const info = await orStoreError(redis.info('memory'));
  const figure = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const most = figure('maxmemory');
  return most === 0 ? undefined : figure('used_memory') / most;
}
