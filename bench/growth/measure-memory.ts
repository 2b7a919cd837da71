import { setTimeout as wait } from 'node:timers/promises';
import type { BenchGround } from '../ground/start-ground.ts';
import { type BenchStore, startStore } from '../ground/start-store.ts';
import type { Submission } from '../processes/protocol.ts';
import { finishAll } from '../rounds/take-runs.ts';
import type { GrowthSettings } from './growth-settings.ts';

/** Redis's memory for one run. */
export interface MemoryCost {
  readonly runs: number;
  readonly promptBytes: number;
  /** Of the answer. */
  readonly tokens: number;
  /** That the answer was stored in. */
  readonly frames: number;
  readonly waitingBytes: number;
  readonly endedBytes: number;
}

type RunKind = Pick<Submission, 'model' | 'promptBytes' | 'tokens'>;

const short = { model: 'mock-burst', promptBytes: 100, tokens: 64 } as const;
const long = { ...short, tokens: 1024 } as const;
/** Each differs from one before it in one thing, which shows what that thing costs. */
const kinds = {
  short,
  longPrompt: { ...short, promptBytes: 4100 },
  long,
  longer: { ...short, tokens: 4096 },
  /** Its tokens come one by one. */
  manyFrames: { ...long, model: 'mock-brisk' },
} as const satisfies Record<string, RunKind>;

export type MemoryCosts = Readonly<Record<keyof typeof kinds, MemoryCost>>;

const concurrency = 64;
const readings = 5;
const readEveryMs = 200;

/** Each kind in a Redis of its own: what one leaves behind would shift the steps in which tables of keys grow. */
export async function measureMemory(
  ground: BenchGround,
  { runs, longRuns, pacedRuns }: GrowthSettings['memory'],
): Promise<MemoryCosts> {
  const costOf = async (name: keyof typeof kinds, count: number) => {
    await using stack = ground.stack.use(new AsyncDisposableStack());
    const own = { ...ground, stack };
    return await measureKind(own, await startStore(own, `memory-${name}`), { ...kinds[name], count });
  };
  return {
    short: await costOf('short', runs),
    longPrompt: await costOf('longPrompt', runs),
    long: await costOf('long', longRuns),
    longer: await costOf('longer', longRuns),
    manyFrames: await costOf('manyFrames', pacedRuns),
  };
}

async function measureKind(
  ground: BenchGround,
  store: BenchStore,
  run: RunKind & Pick<Submission, 'count'>,
): Promise<MemoryCost> {
  // The first runs load scripts and make what is made once.
  await store.submit({ ...run, count: 1, concurrency: 1 });
  await finishAll(ground, store);
  const empty = await settledBytes(store);
  await store.submit({ ...run, concurrency });
  const waiting = await settledBytes(store);
  await finishAll(ground, store);
  const ended = await settledBytes(store);
  const { count, promptBytes, tokens } = run;
  const { framesPerRun } = await store.inspect();
  return {
    runs: count,
    promptBytes,
    tokens,
    frames: framesPerRun,
    waitingBytes: (waiting - empty) / count,
    endedBytes: (ended - empty) / count,
  };
}

/** The least of some readings: buffers of clients and of the log on disk come on top for a while. */
async function settledBytes(store: BenchStore): Promise<number> {
  const bytes: number[] = [];
  while (bytes.length < readings) {
    await wait(readEveryMs);
    bytes.push((await store.inspect()).memoryBytes);
  }
  return Math.min(...bytes);
}
