import { expect, it } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';

it('tells that a slot is free when a run is cancelled or put off while others wait, and not when none does', async () => {
  let told = 0;
  const onSlotFree = () => {
    told += 1;
  };
  const { log, leases, backlog, claim, makeRoom } = openTestRunStore({ onSlotFree });
  await makeRoom(0);
  const [first, second, waiting] = [newRun('nobody'), newRun('nobody'), newRun('nobody')];
  for (const run of [first, second, waiting]) await log.accept(run);
  await backlog.add(waiting.id);
  await log.end(first.id, { reason: 'cancelled', by: 'client' });
  expect(told).toBe(1);
  await claim(second.id);
  await leases.defer({ runId: second.id, epoch: 1 }, 60_000);
  expect(told).toBe(2);
  await log.end(waiting.id, { reason: 'cancelled', by: 'client' });
  await log.end(second.id, { reason: 'cancelled', by: 'client' });
  expect(told).toBe(2);
});
