import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import type { RunId } from '../../ids.ts';
import type { NewRun } from '../run-log.ts';
import { type RunClass, runClassSchema } from './place.ts';

/** Whatever runs out does so at once, so that any step may meet a lease that has. */
const atOnce = { leaseMs: 1, offerMs: 1, comeBackMs: 0, longestPauseMs: 60_000, unsubscribedMs: 0 };

type Store = ReturnType<typeof open>;

function open() {
  const store = openTestRunStore({ times: atOnce });
  const runs: NewRun[] = [];
  return { ...store, runs };
}

const steps = {
  async accept({ log, backlog, runs }: Store, pick: number) {
    const runClass = runClassSchema.options[pick % 4] ?? 'live';
    const place = { runClass, flow: `tenant:${pick % 3}`, weight: 1 + (pick % 2) * 0.7, cost: 10 };
    const run = newRun('nobody', { place, provisional: pick % 5 === 0 });
    const accepted = await log.accept(run);
    if (accepted.outcome !== 'accepted') return;
    runs.push(run);
    // Sometimes whoever accepted it dies here.
    if (accepted.queue && pick % 7 !== 0) await backlog.add(run.id);
  },
  acceptAgain: async ({ log }: Store, _: number, run: NewRun) => void (await log.accept(run)),
  addAgain: ({ backlog }: Store, _: number, run: NewRun) => backlog.add(run.id),
  release: async ({ backlog }: Store) => void (await backlog.release()),
  room: ({ makeRoom }: Store, pick: number) => makeRoom(pick % 9, `worker-${pick % 2}`),
  claim: async ({ claim }: Store, pick: number, run: NewRun) =>
    void (await claim(run.id, pick % 4, `worker-${pick % 2}`)),
  renew: async ({ leases }: Store, pick: number, { id: runId }: NewRun) =>
    void (await leases.renew({ channel: 'worker-0', room: 3 }, [{ runId, epoch: pick % 4 }])),
  handBack: async ({ leases }: Store, pick: number, { id: runId }: NewRun) =>
    void (await leases.handBack({ runId, epoch: pick % 4 }, 0)),
  defer: async ({ leases }: Store, pick: number, { id: runId }: NewRun) =>
    void (await leases.defer({ runId, epoch: pick % 4 }, 0)),
  async expire({ leases, backlog, log }: Store) {
    for (const { due, runId } of await leases.expired(5)) {
      if (due === 'unqueued') await backlog.add(runId);
      if (due === 'abandoned') await log.end(runId, { reason: 'cancelled', by: 'disconnect' });
    }
  },
  finish: async ({ log }: Store, pick: number, { id: runId }: NewRun) => {
    const end = { reason: 'completed' as const, tokens: pick, mayRetry: false };
    // Nobody ever holds a run under 0: a claim raises it.
    await log.append([{ runId, epoch: 1 + (pick % 3), seq: 1, visible: true, payload: '[]', end }]);
  },
  cancel: async ({ log }: Store, _: number, { id }: NewRun) =>
    void (await log.end(id, { reason: 'cancelled', by: 'client' })),
} as const;

type Step = keyof typeof steps;
const names = Object.keys(steps) as Step[]; // because it has no other keys

/** Where every run is by its record and by the sets that hold it; throws when it is nowhere, or twice. */
async function assertBooks({ redis, keys, runs }: Store): Promise<void> {
  const figures = await redis.hgetall(keys.backlog);
  const expected: Record<string, number> = { slots: 0, 'slots:patient': 0, waiting: 0 };
  const count = (field: string) => {
    expected[field] = (expected[field] ?? 0) + 1;
  };
  for (const { id, place } of runs) {
    const queue = `${keys.backlog}:${place.runClass}:${place.flow}`;
    const [[end, lastSlot], leased, waits, isDeferred] = await Promise.all([
      redis.hmget(keys.run(id), 'end', 'slot'),
      redis.zscore(keys.leases, id),
      redis.zscore(queue, id),
      redis.zscore(keys.deferred, id),
    ]);
    // One that has ended keeps the name of the slot that it had, and has none.
    const slot = end === null ? lastSlot : null;
    const places = [leased, waits, isDeferred].filter((score) => score !== null).length;
    if (end === null) expect([id, places]).toEqual([id, 1]);
    else expect([id, places]).toEqual([id, 0]);
    if (waits !== null) {
      count('waiting');
      count(`waiting:${place.runClass}`);
      expect(await redis.zscore(`${keys.backlog}:flows:${place.runClass}`, place.flow)).not.toBe(null);
    }
    if (slot) count('slots');
    if (slot && isPatient(place.runClass)) count('slots:patient');
    if (slot) expect([id, leased === null]).toEqual([id, false]);
  }
  for (const runClass of runClassSchema.options) {
    const { '': more = 0, ...weights } = await redis.hgetall(`${keys.backlog}:weights:${runClass}`);
    const flows = await redis.zrange(`${keys.backlog}:flows:${runClass}`, '0', '-1');
    expect(flows).toEqual(expect.arrayContaining(Object.keys(weights)));
    const sum = Object.values(weights).reduce((total, weight) => total + Number(weight) - 1, 0);
    expect(Number(more)).toBeCloseTo(sum, 9);
  }
  for (const field of [
    ...Object.keys(expected),
    ...runClassSchema.options.map((name) => `waiting:${name}`),
  ]) {
    expect([field, Number(figures[field] ?? 0)]).toEqual([field, expected[field] ?? 0]);
  }
}

function isPatient(runClass: RunClass): boolean {
  return runClass === 'flex' || runClass === 'batch';
}

/** What workers and sweeps do when nothing disturbs them any more. */
async function serveToTheEnd(store: Store): Promise<void> {
  const { log, backlog, leases, claim, runs, makeRoom } = store;
  const isOpen = async () =>
    (await log.heads(runs.map(({ id }) => id))).some((head) => head?.ended === false);
  for (let round = 0; (await isOpen()) && round < 200; round += 1) {
    await makeRoom(4);
    const offered: { runId: RunId; epoch: number }[] = [...(await backlog.release()).runs];
    await new Promise((resolve) => setTimeout(resolve, 2));
    for (const expired of await leases.expired(100)) {
      if (expired.due === 'unqueued') await backlog.add(expired.runId);
      else offered.push(expired);
    }
    for (const { runId, epoch } of offered) {
      const claimed = await claim(runId, epoch);
      if (claimed.outcome !== 'claimed' && claimed.outcome !== 'doomed') continue;
      await log.end(runId, { reason: 'failed', code: 'worker_lost', message: 'enough' });
    }
  }
  expect(await isOpen()).toBe(false);
  expect(await backlog.size()).toMatchObject({ waiting: 0, offered: 0 });
}

it('keeps its books under any sequence of steps, loses no run, and gets through all of them', {
  timeout: 60_000,
}, async () => {
  const step = fc.record({ name: fc.constantFrom(...names, 'accept', 'release'), pick: fc.nat({ max: 99 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), async (sequence) => {
      const store = open();
      for (const { name, pick } of sequence) {
        const run = store.runs[pick % Math.max(1, store.runs.length)];
        if (name === 'accept') await steps.accept(store, pick);
        else if (run) await steps[name](store, pick, run);
      }
      await assertBooks(store);
      await serveToTheEnd(store);
      await assertBooks(store);
    }),
    { numRuns: 60 },
  );
});
