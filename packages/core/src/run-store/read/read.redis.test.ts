import { expect, it } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';

it('reads a page of few frames where they are large, and in the end all of them', async () => {
  const { log, claim, makeRoom, keys } = openTestRunStore();
  await makeRoom(1);
  const run = newRun(keys.replyChannel('reader'));
  await log.accept(run);
  const claimed = await claim(run.id);
  if (claimed.outcome !== 'claimed') throw new Error('the run was not claimed');
  const count = 100;
  const payload = 'x'.repeat(10_000);
  const frames = Array.from({ length: count }, (_, index) => ({ seq: index + 1, payload }));
  await log.append(frames.map((frame) => ({ runId: run.id, epoch: claimed.epoch, visible: true, ...frame })));

  const pages: number[] = [];
  for (let afterSeq = 0; afterSeq < count; ) {
    const page = await log.read(run.id, { afterSeq, limit: 256 });
    if (page.outcome !== 'found') throw new Error('the run is unknown');
    expect(page.frames.map(({ seq }) => seq)).toEqual(page.frames.map((_, index) => afterSeq + index + 1));
    pages.push(page.frames.length);
    afterSeq += page.frames.length;
    expect(page.more).toBe(afterSeq < count);
  }
  expect(Math.max(...pages)).toBeLessThan(20);
});
