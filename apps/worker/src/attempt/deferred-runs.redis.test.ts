import { ProviderPaused } from '@calute/core/models/pacing/provider-paused';
import { expect, it } from 'vitest';
import { end, openWorker, text } from '../testing/open-worker.ts';

const done = { outcome: 'done' };

it('puts a run off that nobody watches while its provider takes no calls, as often as it has to', async () => {
  let pauses = 25;
  const worker = await openWorker(
    async function* ({ patience }) {
      expect(patience.ifPaused).toBe('leave');
      if (pauses > 0) throw new ProviderPaused(Date.now());
      yield text('a');
      yield end;
    },
    { passOnTimes: 20 },
  );
  const runId = await worker.accept({}, 60_000, 'continue', 'batch');
  for (let epoch = 0; pauses > 0; epoch += 1) {
    expect(await worker.handle(runId, epoch)).toEqual(done);
    expect(await worker.events(runId)).toEqual([]);
    expect(await worker.release()).toEqual([{ runId, epoch: epoch + 1 }]);
    pauses -= 1;
  }
  expect(await worker.handle(runId, 25)).toEqual(done);
  expect(await worker.events(runId)).toEqual([text('a'), end]);
});

it('passes a run on whose agent it lacks, though its provider has paused often before', async () => {
  const worker = await openWorker(
    async function* () {
      yield end;
    },
    { passOnTimes: 3, agents: [] },
  );
  const runId = await worker.accept({}, 60_000, 'continue', 'batch');
  for (let epoch = 0; epoch < 5; epoch += 1) {
    await worker.deferElsewhere(runId, epoch);
    expect(await worker.release()).toEqual([{ runId, epoch: epoch + 1 }]);
  }
  expect(await worker.handle(runId, 5)).toMatchObject({ outcome: 'again', run: { runId, epoch: 6 } });
});
