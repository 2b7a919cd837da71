import { expect, it } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import { createRunId } from '../../ids.ts';

it('renews the leases of a worker that holds as many runs as it may be set to, and says which it has lost', async () => {
  const { leases, log, claim } = openTestRunStore();
  const run = newRun('nobody');
  await log.accept(run);
  await claim(run.id);
  const lost = Array.from({ length: 10_000 }, () => createRunId(Date.now()));
  const own = [...lost, run.id].map((runId) => ({ runId, epoch: 1 }));
  expect(await leases.renew({ channel: 'control', room: 10_000 }, own)).toEqual(lost);
});
