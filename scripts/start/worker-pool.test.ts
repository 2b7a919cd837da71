import { expect, test } from 'vitest';
import type { KeepOptions, KeptRole } from './keep-role.ts';
import { createWorkerPool } from './worker-pool.ts';

function setup() {
  const did: string[] = [];
  const gone = new Map<string, () => void>();
  const down = new Set<string>();
  const mustStart: boolean[] = [];
  let started = 0;
  const start = (options: KeepOptions): KeptRole => {
    const name = `w${++started}`;
    mustStart.push(options.mustStart === true);
    did.push(`start ${name}`);
    return {
      started: new Promise(() => undefined),
      get isUp() {
        return !down.has(name);
      },
      admin: `http://${name}`,
      drain: async () => void did.push(`drain ${name}`),
      kill: () => void did.push(`kill ${name}`),
      retire() {
        did.push(`retire ${name}`);
        return new Promise((resolve) => gone.set(name, resolve));
      },
      recall() {
        const isThere = gone.has(name);
        if (isThere) did.push(`recall ${name}`);
        gone.get(name)?.();
        return isThere;
      },
    };
  };
  const program = { name: 'worker', file: '', env: {} };
  const pool = createWorkerPool({ program, report: () => undefined }, start);
  /** The runs of a worker that retires are done. */
  const finish = async (name: string) => {
    gone.get(name)?.();
    gone.delete(name);
    await new Promise(setImmediate);
  };
  return { pool, did, finish, down, mustStart };
}

test('it starts as many as are missing, and retires those that were started last', () => {
  const { pool, did } = setup();
  expect(pool.resize(3)).toHaveLength(3);
  pool.resize(1);
  expect(did.slice(3)).toEqual(['retire w2', 'retire w3']);
  expect([pool.size, pool.retiring]).toEqual([1, 2]);
  expect(pool.admins).toHaveLength(3);
});

test('one that still finishes its runs is called back before another one is started', async () => {
  const { pool, did, finish } = setup();
  pool.resize(3);
  pool.resize(0);
  await finish('w2');
  did.length = 0;
  pool.resize(3);
  expect(did).toEqual(['recall w3', 'recall w1', 'start w4']);
  expect([pool.size, pool.retiring]).toEqual([3, 0]);
});

test('one that is not up goes first', () => {
  const { pool, did, down } = setup();
  pool.resize(3);
  down.add('w1');
  expect(pool.up).toBe(2);
  pool.resize(2);
  expect(did.at(-1)).toBe('retire w1');
});

test('only the first ones have to start', () => {
  const { pool, mustStart } = setup();
  pool.resize(2);
  pool.resize(3);
  expect(mustStart).toEqual([true, true, false]);
});

test('a drain and a kill reach those that retire as well', async () => {
  const { pool, did } = setup();
  pool.resize(2);
  pool.resize(1);
  did.length = 0;
  const drained = pool.drain();
  pool.kill();
  await drained;
  expect(did.toSorted()).toEqual(['drain w1', 'drain w2', 'kill w1', 'kill w2']);
});
