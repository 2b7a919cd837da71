import { expect, it } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';

it('tells where runs stand that wait, and of others that they do not', async () => {
  const { log, backlog, makeRoom } = openTestRunStore();
  await makeRoom(1);
  const runs = Array.from({ length: 6 }, () => newRun('reply'));
  for (const run of runs) {
    const accepted = await log.accept(run);
    if (accepted.outcome === 'accepted' && accepted.queue !== undefined) await backlog.add(run.id);
  }
  const places = await backlog.find(runs.map(({ id }) => id));
  expect(places.map((place) => place?.position)).toEqual([undefined, undefined, undefined, 0, 1, 2]);
});

it('tells of a run that was put off that it comes back in front, and when', async () => {
  const { log, leases, backlog, claim, makeRoom } = openTestRunStore();
  await makeRoom(1);
  const run = newRun('reply');
  await log.accept(run);
  await claim(run.id);
  expect(await backlog.find([run.id])).toEqual([undefined]);
  expect(await leases.defer({ runId: run.id, epoch: 1 }, 4000)).toBe(true);
  const [place] = await backlog.find([run.id]);
  expect(place?.position).toBe(0);
  expect(place?.waitMs).toBeGreaterThan(2000);
  expect(place?.waitMs).toBeLessThanOrEqual(4000);
});
