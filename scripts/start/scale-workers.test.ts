import type { WorkerDemand } from '@calute/core/scaling/decide-workers';
import { expect, test } from 'vitest';
import { scaleWorkers } from './scale-workers.ts';
import type { WorkerPool } from './worker-pool.ts';

const limits = { minWorkers: 0, maxWorkers: 4 };
const down = { holdMs: 3000, everyMs: 1000 };
const needs = (needed: number): WorkerDemand => ({ needed, isProviderPaused: false, isStuck: false });

test('the pool follows the load from nothing and back, and stays while Redis is away', async () => {
  const answers = [
    needs(3),
    needs(3),
    needs(3),
    undefined,
    needs(1),
    needs(1),
    needs(0),
    ...Array(8).fill(needs(0)),
  ];
  const { pool, sizes } = recordingPool();
  const reports = await follow(pool, answers);
  expect(sizes).toEqual([1, 2, 3, 2, 1, 0]);
  expect(reports[0]).toBe('calute: workers 0 -> 1 (more are needed; needed now: 3)');
  expect(reports.at(-1)).toBe('calute: workers 1 -> 0 (fewer were needed for a while; needed now: 0)');
});

test('an abort is a normal end', async () => {
  const { pool } = recordingPool();
  const stop = new AbortController();
  const read = async () => needs(1);
  const scaling = scaleWorkers(pool, { limits, down, read, signal: stop.signal, report: () => undefined });
  stop.abort();
  await scaling;
});

async function follow(pool: WorkerPool, answers: readonly (WorkerDemand | undefined)[]): Promise<string[]> {
  const reports: string[] = [];
  let second = 0;
  await scaleWorkers(pool, {
    limits,
    down,
    read: async () => answers[second++] ?? Promise.reject(new Error('away')),
    signal: new AbortController().signal,
    report: (line) => void reports.push(line),
    now: () => second * 1000,
    ticks: ticks(answers.length),
  });
  return reports;
}

async function* ticks(count: number) {
  for (let tick = 0; tick < count; tick += 1) yield tick;
}

function recordingPool() {
  const sizes: number[] = [];
  const size = () => sizes.at(-1) ?? 0;
  const pool: WorkerPool = {
    get size() {
      return size();
    },
    get up() {
      return size();
    },
    retiring: 0,
    admins: [],
    resize(workers) {
      sizes.push(workers);
      return [];
    },
    drain: async () => undefined,
    kill: () => undefined,
  };
  return { pool, sizes };
}
