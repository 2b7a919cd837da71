import { expect, it } from 'vitest';
import { end, openWorker, text, usage } from '../testing/open-worker.ts';
import { createAttemptClock } from './ended-fact.ts';

it('tells the journal how a run ended, who worked on it and for how long', async () => {
  const worker = await openWorker(async function* () {
    yield text('hi');
    yield end;
  });
  const runId = await worker.accept();
  await worker.handle(runId);
  expect(worker.facts).toEqual([
    {
      kind: 'ended',
      id: runId,
      reason: 'completed',
      origin: { tenant: 'local', agent: 'echo', runClass: 'live', createdMs: expect.any(Number) },
      work: {
        worker: 'worker',
        attempt: 1,
        waitedMs: expect.any(Number),
        firstMs: expect.any(Number),
        totalMs: expect.any(Number),
        promptTokens: usage.promptTokens,
        completionTokens: usage.completionTokens,
      },
    },
  ]);
});

it('tells the code of a failure, and no first event where nothing was shown', async () => {
  const worker = await openWorker(async function* () {
    yield { type: 'run-end', end: { reason: 'failed', code: 'upstream_error', message: 'private' } };
  });
  await worker.handle(await worker.accept());
  expect(worker.facts).toMatchObject([{ reason: 'failed', detail: 'upstream_error' }]);
  expect(JSON.stringify(worker.facts)).not.toMatch(/firstMs|private/);
});

it('tells nothing of a run that somebody else has ended', async () => {
  const worker = await openWorker(async function* ({ runId }) {
    await worker.log.end(runId, { reason: 'cancelled', by: 'client' });
    yield text('too late');
    yield end;
  });
  await worker.handle(await worker.accept());
  expect(worker.facts).toEqual([]);
});

it('counts the first event that is shown', () => {
  const times = [0, 5, 9, 20];
  const clock = createAttemptClock(() => times.shift() ?? 0);
  clock.shown();
  clock.shown();
  expect([clock.firstMs, clock.sinceMs]).toEqual([5, 9]);
});
