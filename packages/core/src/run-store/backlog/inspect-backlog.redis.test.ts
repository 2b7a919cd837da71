import { expect, it } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import { createInspectBacklog } from './inspect-backlog.ts';

const placed = (flow: string, runClass: 'live' | 'batch' = 'live') =>
  newRun('api', { place: { runClass, flow, weight: 1, cost: 10 } });

/** Without a worker two runs are offered, and the others wait. */
async function openWaiting() {
  const store = openTestRunStore();
  const runs = [
    placed('tenant:a'),
    placed('tenant:a'),
    placed('tenant:a'),
    placed('tenant:a'),
    placed('tenant:with spaces'),
    placed('tenant:a', 'batch'),
  ];
  for (const run of runs) {
    const accepted = await store.log.accept(run);
    if (accepted.outcome === 'accepted' && accepted.queue) await store.backlog.add(run.id);
  }
  return { ...store, runs, inspect: createInspectBacklog(store.redis, store.keys) };
}

it('shows what waits by class and flow, with the run of each that is next', async () => {
  const { inspect, runs } = await openWaiting();
  const { classes, offered, room, deferred, drainMs } = await inspect(10);
  expect({ offered, room, deferred, drainMs }).toEqual({
    offered: 2,
    room: 0,
    deferred: 0,
    drainMs: undefined,
  });
  const [, live, , batch] = classes;
  const firstCreatedMs = expect.any(Number);
  expect(live).toMatchObject({ runClass: 'live', waiting: 3, flows: 2 });
  expect(live?.nextFlows.toSorted((a, b) => (a.flow < b.flow ? -1 : 1))).toEqual([
    { flow: 'tenant:a', runs: 2, firstRun: runs[2]?.id, firstCreatedMs },
    { flow: 'tenant:with spaces', runs: 1, firstRun: runs[4]?.id, firstCreatedMs },
  ]);
  expect(batch).toMatchObject({ waiting: 1, nextFlows: [{ flow: 'tenant:a', runs: 1 }] });
  expect((await inspect(1)).classes[1]?.nextFlows).toHaveLength(1);
});

it('finds the place of a run that waits, and none for one that does not', async () => {
  const { backlog, runs } = await openWaiting();
  const places = await backlog.find(runs.map(({ id }) => id));
  expect(places.map((place) => place?.position)).toEqual([undefined, undefined, 0, 2, 0, 3]);
});

it('says when all is released once something was', async () => {
  const { inspect, backlog, makeRoom } = await openWaiting();
  await makeRoom(1);
  await backlog.release();
  await makeRoom(2);
  await backlog.release();
  expect((await inspect(10)).drainMs).toEqual(expect.any(Number));
});

it('shows an empty backlog', async () => {
  const { redis, keys } = openTestRunStore();
  const { classes, drainMs } = await createInspectBacklog(redis, keys)(10);
  expect(classes.map(({ waiting, nextFlows }) => [waiting, nextFlows.length])).toEqual(Array(4).fill([0, 0]));
  expect(drainMs).toBe(0);
});
