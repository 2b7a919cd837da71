import { CaluteError } from '@calute/core/errors';
import { encodeEvents } from '@calute/core/runs/frame-payload';
import type { RunEvent } from '@calute/core/runs/run-event';
import { expect, it } from 'vitest';
import { newRun } from '../../../../tests/support/new-run.ts';
import { openWorker, type Script, text, usage } from '../testing/open-worker.ts';

const step: RunEvent = { type: 'step-calls', text: '', calls: [], usage };
const twice = { promptTokens: 2, completionTokens: 2 };

const failing: Script = async function* () {
  yield step;
  yield text('half');
  yield step;
  throw new CaluteError('run_limit_exceeded', 'Too much.');
};

it('says of a failed run what its steps have used', async () => {
  const worker = await openWorker(failing);
  const runId = await worker.accept();
  await worker.handle(runId);
  expect((await worker.events(runId)).at(-1)).toMatchObject({
    end: { reason: 'failed', code: 'run_limit_exceeded', usage: twice },
  });
});

it('says nothing of usage when no step was done', async () => {
  const worker = await openWorker(async function* () {
    yield text('half');
    throw new CaluteError('upstream_cut', 'Cut.');
  });
  const runId = await worker.accept();
  await worker.handle(runId);
  expect((await worker.events(runId)).at(-1)).not.toHaveProperty('end.usage');
});

it('counts the steps of earlier attempts, at a deadline too', async () => {
  const worker = await openWorker(async function* ({ signal }) {
    yield step;
    const stopped = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => stopped.reject(signal.reason));
    await stopped.promise;
  });
  const runId = await worker.accept({}, 300);
  await worker.takeElsewhere(runId);
  await worker.log.append([{ runId, epoch: 1, seq: 1, visible: false, payload: encodeEvents([step]) }]);
  await worker.handle(runId, 1);
  expect((await worker.events(runId)).at(-1)).toMatchObject({
    end: { reason: 'cancelled', by: 'deadline', usage: twice },
  });
});

it('charges them to the key’s tokens of the minute', async () => {
  const worker = await openWorker(failing);
  const limits = { maxLive: 1000, tokensPerMinute: 4 };
  const run = newRun('nobody', { limits });
  await worker.log.accept(run);
  await worker.handle(run.id);
  expect(await worker.log.accept(newRun('nobody', { limits }))).toMatchObject({
    outcome: 'limited',
    by: 'tokens',
  });
});

it('tells the log, and not the client, why the agent failed', async () => {
  // biome-ignore lint/correctness/useYield: it fails before it says anything
  const worker = await openWorker(async function* () {
    const cause = new Error('the calendar is locked');
    throw new CaluteError('agent_failed', 'The instructions could not be made.', { cause });
  });
  const runId = await worker.accept();
  await worker.handle(runId);
  expect(JSON.stringify(await worker.events(runId))).not.toContain('calendar');
  expect(worker.lines.join('')).toMatch(/the calendar is locked.*"run\.agent-failed"/);
});
