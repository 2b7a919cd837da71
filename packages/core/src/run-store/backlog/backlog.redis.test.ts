import { expect, it } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import type { NewRun } from '../run-log.ts';
import type { Place } from './place.ts';

/** A store, and the steps of a run's life that these tests take with it. With no worker there is room for two. */
function open() {
  const store = openTestRunStore();
  const { log, backlog, leases, claim } = store;
  const names = new Map<string, string>();
  const accept = async (name: string, place: Partial<Place> = {}, more: Partial<NewRun> = {}) => {
    const usual = { runClass: 'live', flow: 'tenant:local', weight: 1, cost: 10 } as const;
    const run = newRun('nobody', { place: { ...usual, ...place }, ...more });
    names.set(run.id, name);
    const accepted = await log.accept(run);
    if (accepted.outcome === 'accepted' && accepted.queue) await backlog.add(run.id);
    return { ...run, name, accepted };
  };
  const release = async () => (await backlog.release()).runs;
  const end = (run: Pick<NewRun, 'id'>) => log.end(run.id, { reason: 'cancelled', by: 'client' });
  const nameOf = (id: string) => names.get(id);
  /** Ends what is offered, one run at a time, and gives the names of those that were released in its place. */
  const serve = async (offered: Pick<NewRun, 'id'>[], count: number) => {
    const served: (string | undefined)[] = [];
    const running = offered.map(({ id }) => id);
    while (served.length < count) {
      const [first] = running.splice(0, 1);
      if (first) await end({ id: first });
      for (const { runId } of await release()) {
        served.push(nameOf(runId));
        running.push(runId);
      }
      if (running.length === 0) break;
    }
    return served;
  };
  const defer = async (run: Pick<NewRun, 'id'>, epoch = 0) => {
    await claim(run.id, epoch);
    return await leases.defer({ runId: run.id, epoch: epoch + 1 }, 0);
  };
  return { ...store, accept, release, end, serve, defer, nameOf };
}

it('serves flows and weights of any kind, each run once', async () => {
  const { accept, serve, backlog, makeRoom } = open();
  await makeRoom(0);
  const first = [await accept('first'), await accept('second')];
  const flows = ['tenant:a b', `group:it's "q"`, 'group:a:b:c', 'group:ünïcødé ☃', 'group:%S+ %d', 'group:'];
  const expected: string[] = [];
  for (const flow of flows) {
    for (const weight of [0.001, 0.1, 1000]) {
      for (const cost of [0, 1, 1_000_000]) {
        expected.push(`${flow} ${weight} ${cost}`);
        await accept(`${flow} ${weight} ${cost}`, { flow, weight, cost });
      }
    }
  }
  expect(await backlog.size()).toMatchObject({ waiting: expected.length });
  expect((await serve(first, expected.length)).toSorted()).toEqual(expected.toSorted());
  expect(await backlog.size()).toMatchObject({ waiting: 0 });
});

it('starves neither of the patient classes, while there is always something of the others', async () => {
  const { accept, serve, makeRoom } = open();
  await makeRoom(4);
  const first = await Promise.all(Array.from({ length: 6 }, () => accept('first')));
  for (const runClass of ['live', 'flex', 'batch'] as const) {
    for (let count = 0; count < 60; count += 1) await accept(runClass, { runClass });
  }
  const served = await serve(first, 60);
  for (const runClass of ['flex', 'batch']) {
    const share = served.filter((name) => name === runClass).length;
    expect(share).toBeGreaterThanOrEqual(2);
    expect(share).toBeLessThanOrEqual(5);
  }
});

it('lets runs that were put off come back in front, in the order in which they were accepted', async () => {
  const { accept, serve, defer, makeRoom, backlog } = open();
  await makeRoom(1);
  const runs = [];
  for (const name of ['a', 'b', 'c']) {
    runs.push(await accept(name));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const waiting = await accept('d');
  for (const run of runs) expect(await defer(run)).toBe(true);
  expect(await backlog.size()).toMatchObject({ waiting: 1, offered: 0 });
  expect(waiting.accepted).toMatchObject({ queue: { position: 0 } });
  expect(await serve([], 3)).toEqual(['a', 'b', 'c']);
});

it('does not bring back a run that was put off and has ended, and counts its slot once', async () => {
  const { accept, release, defer, end, makeRoom, backlog } = open();
  await makeRoom(1);
  const [ended, other] = [await accept('ended'), await accept('other')];
  await defer(ended);
  expect(await end(ended)).toBe('ended');
  expect(await backlog.size()).toMatchObject({ waiting: 0, offered: 1 });
  expect(await release()).toEqual([]);
  await end(other);
  expect(await backlog.size()).toMatchObject({ waiting: 0, offered: 0 });
});

it('does not take a provider’s pauses for attempts: a run that was put off is begun anew', async () => {
  const { accept, release, defer, claim, makeRoom } = open();
  await makeRoom(1);
  const run = await accept('patient', { runClass: 'batch' });
  for (let epoch = 0; epoch < 3; epoch += 1) {
    expect(await defer(run, epoch)).toBe(true);
    expect(await release()).toEqual([{ runId: run.id, epoch: epoch + 1 }]);
  }
  expect(await claim(run.id, 3)).toMatchObject({ outcome: 'claimed', epoch: 4, attempt: 1 });
});

it('forgets how slow it was once: accepts what is next, and learns anew from each release', async () => {
  const { accept, end, release, makeRoom, redis, keys } = open();
  await makeRoom(0);
  let busy = [await accept('busy'), await accept('busy')];
  await redis.hset(keys.backlog, 'interval', '60000');
  for (let count = 0; count < 60; count += 1) {
    const next = await accept('next', {}, { deadlineMs: 10_000 });
    expect(next.accepted.outcome).toBe('accepted');
    await end(busy[0] ?? next);
    expect(await release()).toHaveLength(1);
    busy = [...busy.slice(1), next];
  }
  expect(Number(await redis.hget(keys.backlog, 'interval'))).toBeLessThan(1000);
});

it('accepts a run for which there is room, however slowly those of other classes are released that wait', async () => {
  const { accept, makeRoom, redis, keys } = open();
  await makeRoom(4);
  for (let count = 0; count < 6; count += 1) await accept('line', { runClass: 'batch' });
  await redis.hset(keys.backlog, 'interval', '60000');
  const live = await accept('live', {}, { deadlineMs: 1000 });
  expect(live.accepted).toMatchObject({ outcome: 'accepted', queue: undefined });
  const late = await accept('line', { runClass: 'batch' }, { deadlineMs: 1000 });
  expect(late.accepted).toMatchObject({ outcome: 'slow' });
});

it('takes an hour in which no worker was there for no measure of what comes after it', async () => {
  const { accept, end, release, makeRoom, redis, keys } = open();
  await makeRoom(0);
  // Two are offered at once, so the third is the first that waits.
  await accept('busy');
  await accept('busy');
  const first = await accept('waiting');
  for (let count = 3; count < 40; count += 1) await accept('waiting');
  await redis.hset(keys.backlog, 'last', String(Date.now() - 3_600_000));
  await makeRoom(4);
  let [next] = await release();
  expect(next?.runId).toBe(first.id);
  for (let count = 0; next && count < 10; count += 1) {
    await end({ id: next.runId });
    [next] = await release();
  }
  expect((await accept('new', {}, { deadlineMs: 300_000 })).accepted).toMatchObject({ outcome: 'accepted' });
});

it('gives slots back whose runs were lost with their records, though other runs go on', async () => {
  const { accept, release, redis, keys, makeRoom, backlog } = open();
  await makeRoom(4);
  const lost = [await accept('lost', { runClass: 'batch' }), await accept('lost', { runClass: 'batch' })];
  await accept('held');
  await accept('held', { runClass: 'priority' });
  for (const { id } of lost) await redis.del(keys.run(id));
  for (const { id } of lost) await redis.zrem(keys.leases, id);
  await release();
  expect(await backlog.size()).toMatchObject({ offered: 2 });
  const classes = (await backlog.load()).classes.map(({ runClass, offered }) => [runClass, offered]);
  expect(classes).toEqual([
    ['priority', 1],
    ['live', 1],
    ['flex', 0],
    ['batch', 0],
  ]);
});

it('keeps nothing of any flow once nothing waits or runs', async () => {
  const { accept, serve, end, release, redis, keys, makeRoom } = open();
  await makeRoom(1);
  const first = [];
  for (let count = 0; count < 3; count += 1) first.push(await accept('first'));
  for (let count = 0; count < 20; count += 1) {
    for (const runClass of ['live', 'batch'] as const)
      await accept('run', { runClass, flow: `tenant:${count}` });
  }
  const cancelled = await accept('cancelled', { flow: 'tenant:cancelled' });
  await end(cancelled);
  await serve(first, 40);
  for (const runId of await redis.zrange(keys.leases, '0', '-1')) await end({ id: runId as NewRun['id'] }); // because these are ids of runs
  await release();
  expect(await redis.keys(`${keys.backlog}*`)).toEqual([keys.backlog]);
});

it('refuses nobody for a pause of a second between releases that follow each other quickly', async () => {
  const { accept, end, release, makeRoom, redis, keys } = open();
  await makeRoom(0);
  const busy = await accept('busy');
  for (let count = 0; count < 40; count += 1) await accept('waiting');
  await redis.hset(keys.backlog, 'interval', '6', 'last', String(Date.now() - 1500));
  await end(busy);
  expect(await release()).toHaveLength(1);
  expect((await accept('new', {}, { deadlineMs: 2000 })).accepted).toMatchObject({ outcome: 'accepted' });
});

it.each([
  { weight: 1, other: 1, own: 20 },
  { weight: 0.3, other: 0.3, own: 20 },
  { weight: 1, other: 4, own: 10 },
  { weight: 4, other: 1, own: 40 },
])(
  'tells a run of a flow with $own, weight $weight, beside one of $other how many start before it',
  async ({ weight, other, own }) => {
    const { accept, serve, makeRoom } = open();
    await makeRoom(0);
    const first = [await accept('first'), await accept('first')];
    for (let count = 0; count < 100; count += 1)
      await accept('other', { flow: 'tenant:other', weight: other });
    for (let count = 0; count < own; count += 1) await accept('own', { flow: 'tenant:own', weight });
    const told = await accept('told', { flow: 'tenant:own', weight });
    const served = await serve(first, 100 + own);
    const position = told.accepted.outcome === 'accepted' ? told.accepted.queue?.position : undefined;
    expect(Math.abs(served.indexOf('told') - (position ?? Number.NaN))).toBeLessThanOrEqual(4);
  },
);
