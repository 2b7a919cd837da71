import { expect, it } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import { createRunId } from '../../ids.ts';
import { createReadRunStates } from './run-state.ts';

it('follows a run from its acceptance to its end, with the workers that began it', async () => {
  const { redis, keys, log, leases, makeRoom, claim } = openTestRunStore();
  const readStates = createReadRunStates(redis, keys);
  await makeRoom(10);
  const run = newRun('api');
  await log.accept(run);
  const look = async () => (await readStates([run.id]))[0];
  expect(await look()).toMatchObject({ phase: 'offered', tenant: 'local', attempts: [], losses: 0 });
  await claim(run.id, 0, keys.controlChannel('first'));
  await claim(run.id, 0, keys.controlChannel('first')); // because a claim may be sent twice
  expect(await look()).toMatchObject({ phase: 'running', attempts: [{ attempt: 1, worker: 'first' }] });
  await leases.handBack({ runId: run.id, epoch: 1 }, 0);
  expect(await look()).toMatchObject({ phase: 'offered' });
  await claim(run.id, 1, keys.controlChannel('second'));
  expect((await look())?.attempts).toEqual([
    { attempt: 1, worker: 'first', atMs: expect.any(Number) },
    { attempt: 2, worker: 'second', atMs: expect.any(Number) },
  ]);
  await log.end(run.id, { reason: 'cancelled', by: 'client' });
  expect(await look()).toMatchObject({ phase: 'ended', end: 'cancelled' });
});

it('does not know a run that never was', async () => {
  const { redis, keys } = openTestRunStore();
  expect(await createReadRunStates(redis, keys)([createRunId(0)])).toEqual([undefined]);
});
