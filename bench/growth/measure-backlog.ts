import { type Spread, spreadOf } from '../figures/statistics.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import { type BenchStore, startStore } from '../ground/start-store.ts';
import type { StoreState, Submission } from '../processes/protocol.ts';
import { finishAll, type TakeRate, takeFor } from '../rounds/take-runs.ts';
import type { GrowthSettings } from './growth-settings.ts';

/** Accepting a run while others wait. */
export interface AcceptCost {
  /** Runs that waited at the beginning. */
  readonly queued: number;
  /** Until the store has said that the run is accepted, one run at a time. */
  readonly p50Ms: Spread | undefined;
  readonly p99Ms: Spread | undefined;
  /** Of the accepting process, and of Redis, for one run; its way onto the queue is in it. */
  readonly apiCpuUs: Spread | undefined;
  readonly redisCpuUs: Spread | undefined;
}

export interface BacklogCosts {
  readonly accept: readonly AcceptCost[];
  readonly take: readonly TakeRate[];
}

const run: Omit<Submission, 'count' | 'concurrency'> = {
  model: 'mock-burst',
  promptBytes: 100,
  tokens: 64,
};
const fillConcurrency = 128;
const warmUpRuns = 2000;

/** What accepting a run costs with more and more of them waiting, and how fast a worker then takes them. */
export async function measureBacklog(
  ground: BenchGround,
  settings: GrowthSettings['backlog'],
): Promise<BacklogCosts> {
  const store = await startStore(ground, 'backlog');
  await store.submit({ ...run, count: warmUpRuns, concurrency: 1 });
  await finishAll(ground, store);
  const accept: AcceptCost[] = [];
  const take: TakeRate[] = [];
  for (const level of settings.levels) {
    await fillTo(store, level);
    accept.push(await measureAccept(store, settings));
    if (settings.levels.slice(-2).includes(level)) take.push(await takeFor(ground, store, settings.takeMs));
  }
  return { accept, take };
}

async function fillTo(store: BenchStore, level: number): Promise<void> {
  const count = level - queuedIn(await store.inspect());
  if (count > 0) await store.submit({ ...run, count, concurrency: fillConcurrency });
}

/** No worker has any of those that are offered. */
function queuedIn({ waiting, offered }: StoreState): number {
  return waiting + offered;
}

async function measureAccept(
  store: BenchStore,
  { batches, batchRuns }: GrowthSettings['backlog'],
): Promise<AcceptCost> {
  const queued = queuedIn(await store.inspect());
  const submitted = [];
  for (let batch = 0; batch < batches; batch += 1) {
    submitted.push(await store.submit({ ...run, count: batchRuns, concurrency: 1 }));
  }
  return {
    queued,
    p50Ms: spreadOf(submitted.map(({ acceptMs }) => acceptMs.p50)),
    p99Ms: spreadOf(submitted.map(({ acceptMs }) => acceptMs.p99)),
    apiCpuUs: spreadOf(submitted.map(({ cpuUs }) => cpuUs.own / batchRuns)),
    redisCpuUs: spreadOf(submitted.map(({ cpuUs }) => cpuUs.redis / batchRuns)),
  };
}
