import type { StoreState } from '../protocol.ts';
import type { Store } from './open-store.ts';

/** What Redis holds of runs now, and what it has used so far. */
export async function inspectStore({ redis, keys, backlog, lastRuns }: Store): Promise<StoreState> {
  const lengths = await Promise.all(lastRuns.map((runId) => redis.xlen(keys.log(runId))));
  const frames = lengths.reduce((sum, length) => sum + length, 0);
  const [{ waiting, offered, room }, live, memory, redisCpuUs] = await Promise.all([
    backlog.size(),
    redis.zcard(keys.live),
    redis.info('memory'),
    readRedisCpuUs(redis),
  ]);
  return {
    waiting,
    offered,
    room,
    live,
    memoryBytes: readField(memory, 'used_memory'),
    redisCpuUs,
    framesPerRun: lengths.length === 0 ? 0 : frames / lengths.length,
  };
}

/** With its threads in the background, without the child that rewrites its log. */
export async function readRedisCpuUs(redis: Store['redis']): Promise<number> {
  const text = await redis.info('cpu');
  return (readField(text, 'used_cpu_user') + readField(text, 'used_cpu_sys')) * 1e6;
}

function readField(info: string, name: string): number {
  const value = new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1];
  if (value === undefined) throw new Error(`Redis tells no ${name}.`);
  return Number(value);
}
