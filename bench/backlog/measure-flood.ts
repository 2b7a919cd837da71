import { setTimeout as wait } from 'node:timers/promises';
import { type Latency, latencyOf } from '../figures/latency.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import { measureLoad } from '../ground/start-process.ts';
import { type BenchStore, startStoreAt } from '../ground/start-store.ts';
import { startCalute } from '../peers/start-calute.ts';
import { type Load, type Sample, usualLoad } from '../processes/protocol.ts';
import type { BacklogSizes } from './backlog-sizes.ts';

/** One tenant's requests, one after the other, while runs of another one wait. */
export interface BesideWaiting {
  readonly latency: Latency;
  /** Before the first request, and after the last. */
  readonly waiting: { readonly first: number; readonly last: number };
  /** Runs of the other tenant that are offered to the worker or held by it, and for how many it has room. */
  readonly offered: number;
  readonly room: number;
  /** Between one run of the other tenant that ends and the next: so long it takes until a slot is free. */
  readonly slotEveryMs: number;
}

/** One tenant's requests without any other run, and beside few and many runs of another tenant that keep a worker busy. */
export interface BesideFlood {
  /** Of the waiting runs; the requests are `live`. */
  readonly runClass: 'live' | 'flex';
  readonly idle: Latency;
  readonly few: BesideWaiting;
  readonly many: BesideWaiting;
}

/** They hold a slot for a second on average; their answers are as long as those of the other tenant. */
const flood = {
  model: 'mock-late',
  tenant: 'flood',
  promptBytes: 100,
  tokens: usualLoad.tokens,
  concurrency: 128,
} as const;
/** Enough to load all code. */
const warmUp = { kind: 'count', requests: 1000, maxMs: 30_000 } as const;
/** More than a worker of 256 slots takes of them. */
const takenPerMs = 0.26;
/** That still wait after the last request beside few. */
const fewRuns = 500;
/** Until Redis has written what came last, and each slot has had its run. */
const settleMs = 5000;

export async function measureFlood(
  ground: BenchGround,
  runClass: BesideFlood['runClass'],
  { waiting, latencyMs, rounds }: BacklogSizes,
): Promise<BesideFlood> {
  // More than are ever accepted: whether they may is not what is measured.
  const env = { MAX_LIVE_RUNS: String(10 * waiting) };
  const calute = await startCalute(ground, { name: `flood-${runClass}`, env });
  const store = await startStoreAt(ground, calute.redisUrl);
  const ask = (until: Load['until']) =>
    measureLoad(calute.loader, {
      type: 'load',
      target: calute.target,
      load: { ...usualLoad, concurrency: 1, until },
    });
  const askInRounds = async () => {
    const samples: Sample[] = [];
    while (samples.length < rounds) samples.push(await ask({ kind: 'time', ms: latencyMs }));
    return samples;
  };
  const askBeside = async (left: number): Promise<BesideWaiting> => {
    const takenMeanwhile = Math.ceil((settleMs + rounds * latencyMs) * takenPerMs);
    await fill(store, { ...flood, runClass }, left + takenMeanwhile);
    await wait(settleMs);
    const [begin, startedAt] = [await store.inspect(), performance.now()];
    const latency = latencyOf(await askInRounds());
    const [end, ms] = [await store.inspect(), performance.now() - startedAt];
    if (end.waiting === 0) throw new Error('The backlog was empty before the last request.');
    return {
      latency,
      waiting: { first: begin.waiting, last: end.waiting },
      offered: begin.offered,
      room: begin.room,
      slotEveryMs: ms / (begin.live - end.live),
    };
  };
  await ask(warmUp);
  const idle = latencyOf(await askInRounds());
  return { runClass, idle, few: await askBeside(fewRuns), many: await askBeside(waiting) };
}

/** Accepts runs until so many wait: the worker takes some meanwhile. */
async function fill(
  store: BenchStore,
  run: Omit<Parameters<BenchStore['submit']>[0], 'count'>,
  level: number,
): Promise<void> {
  for (;;) {
    const missing = level - (await store.inspect()).waiting;
    if (missing <= 0) return;
    await store.submit({ ...run, count: missing });
  }
}
