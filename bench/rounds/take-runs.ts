import { setTimeout as wait } from 'node:timers/promises';
import type { BenchGround } from '../ground/start-ground.ts';
import type { BenchProcess } from '../ground/start-process.ts';
import type { BenchStore } from '../ground/start-store.ts';
import { startCaluteWorker } from '../peers/start-calute.ts';
import { readUsage } from './process-usage.ts';

/** How one worker deals with a backlog. */
export interface TakeRate {
  /** Runs that waited when it started. */
  readonly queued: number;
  readonly runsPerSecond: number;
  /** Per run that it has taken and finished. */
  readonly workerCpuUs: number | undefined;
  readonly redisCpuUs: number;
}

const lookEveryMs = 50;
/** Shares of the backlog: those that warm the worker up, at most so many, and those that are left over. */
const warmUp = { share: 0.2, atMost: 2000 };
const leftOverShare = 0.1;
/** Without a single run finished for so long something is broken; long runs that began together also end together. */
const stuckMs = 120_000;

/** Starts a worker at the store's backlog, watches it for `ms` or until hardly any run is left, and ends it. */
export async function takeFor(ground: BenchGround, store: BenchStore, ms: number): Promise<TakeRate> {
  const { live: queued } = await store.inspect();
  const warmUpRuns = Math.min(warmUp.atMost, warmUp.share * queued);
  return await take(ground, store, { queued, warmUpRuns, until: { left: leftOverShare * queued, ms } });
}

/** Starts a worker at the store's backlog, which is warm after so many runs, watches it until no run is left, and ends it. */
export async function drain(ground: BenchGround, store: BenchStore, warmUpRuns: number): Promise<TakeRate> {
  const { live: queued } = await store.inspect();
  return await take(ground, store, { queued, warmUpRuns, until: { left: 0 } });
}

interface Taking {
  readonly queued: number;
  readonly warmUpRuns: number;
  readonly until: Until;
}

async function take(
  ground: BenchGround,
  store: BenchStore,
  { queued, warmUpRuns, until }: Taking,
): Promise<TakeRate> {
  return await withWorker(ground, store, async (worker) => {
    await finishUntil(store, { left: queued - warmUpRuns });
    const begin = await look(store, worker);
    await finishUntil(store, until);
    const end = await look(store, worker);
    const runs = begin.live - end.live;
    return {
      queued,
      runsPerSecond: runs / ((end.at - begin.at) / 1000),
      workerCpuUs:
        end.cpuUs === undefined || begin.cpuUs === undefined ? undefined : (end.cpuUs - begin.cpuUs) / runs,
      redisCpuUs: (end.redisCpuUs - begin.redisCpuUs) / runs,
    };
  });
}

/** Lets a worker finish all runs; it is gone afterwards. */
export async function finishAll(ground: BenchGround, store: BenchStore): Promise<void> {
  await withWorker(ground, store, () => finishUntil(store, { left: 0 }));
}

async function withWorker<Result>(
  ground: BenchGround,
  store: BenchStore,
  use: (worker: BenchProcess) => Promise<Result>,
): Promise<Result> {
  // Its own stack ends it here; the one above as well when a signal comes in between.
  await using stack = ground.stack.use(new AsyncDisposableStack());
  return await use(await startCaluteWorker({ ...ground, stack }, { redisUrl: store.redisUrl }));
}

interface Until {
  readonly left: number;
  /** @defaultValue any */
  readonly ms?: number;
}

/** Waits until so few runs are left, or until the time is over. Throws when nothing moves. */
async function finishUntil(store: BenchStore, { left, ms = Number.POSITIVE_INFINITY }: Until): Promise<void> {
  const startedAt = performance.now();
  let last = { live: Number.POSITIVE_INFINITY, at: startedAt };
  for (;;) {
    const { live } = await store.inspect();
    const now = performance.now();
    if (live <= left || now - startedAt >= ms) return;
    if (live < last.live) last = { live, at: now };
    else if (now - last.at > stuckMs) throw new Error(`The worker does not go on: ${live} runs are left.`);
    await wait(lookEveryMs);
  }
}

async function look(store: BenchStore, { pid }: BenchProcess) {
  const [{ live, redisCpuUs }, usage] = await Promise.all([store.inspect(), readUsage(pid)]);
  return { live, redisCpuUs, cpuUs: usage?.cpuUs, at: performance.now() };
}
