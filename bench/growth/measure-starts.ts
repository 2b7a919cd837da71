import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Spread, spreadOf } from '../figures/statistics.ts';
import { startBenchRedis } from '../ground/start-bench-redis.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import { type RoleOptions, startCaluteApi, startCaluteWorker } from '../peers/start-calute.ts';
import { readUsage } from '../rounds/process-usage.ts';
import type { GrowthSettings } from './growth-settings.ts';

/** From the start of a process until it says that it is ready. */
export interface StartTime {
  readonly role: 'api' | 'worker';
  /** Whether Node finds its compiled code from an earlier start. */
  readonly compileCache: boolean;
  readonly ms: Spread | undefined;
  /** CPU time until then; absent where the system does not tell. */
  readonly cpuMs: Spread | undefined;
}

const starters = { api: startCaluteApi, worker: startCaluteWorker } as const;

/** Starts each role again and again at a Redis that is there, in turn with and without a cache of compiled code. */
export async function measureStarts(
  ground: BenchGround,
  { times }: GrowthSettings['starts'],
): Promise<readonly StartTime[]> {
  const redis = await startBenchRedis(ground, 'starts');
  const cache = join(ground.dir, 'compile-cache');
  await mkdir(cache);
  const kinds = (['api', 'worker'] as const).flatMap((role) =>
    [true, false].map((compileCache) => ({ role, compileCache, starts: [] as Start[] })),
  );
  for (let time = 0; time <= times; time += 1) {
    for (const { role, compileCache, starts } of kinds) {
      const env = compileCache ? { NODE_COMPILE_CACHE: cache } : { NODE_DISABLE_COMPILE_CACHE: '1' };
      const start = await startOnce(ground, role, { redisUrl: redis.url, env });
      // The first fills the cache.
      if (time > 0) starts.push(start);
    }
  }
  return kinds.map(({ role, compileCache, starts }) => ({
    role,
    compileCache,
    ms: spreadOf(starts.map(({ ms }) => ms)),
    cpuMs: spreadOf(starts.map(({ cpuMs }) => cpuMs)),
  }));
}

interface Start {
  readonly ms: number;
  readonly cpuMs: number | undefined;
}

async function startOnce(ground: BenchGround, role: StartTime['role'], options: RoleOptions): Promise<Start> {
  await using stack = ground.stack.use(new AsyncDisposableStack());
  const startedAt = performance.now();
  const { pid } = await starters[role]({ ...ground, stack }, options);
  const ms = performance.now() - startedAt;
  const usage = await readUsage(pid);
  return { ms, cpuMs: usage && usage.cpuUs / 1000 };
}
