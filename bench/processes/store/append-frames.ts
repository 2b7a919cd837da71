import type { AppendFrame } from '@calute/core/run-store/run-log';
import { encodeEvents } from '@calute/core/runs/frame-payload';
import { answerText } from '../answer.ts';
import type { Appending, StoreCpu } from '../protocol.ts';
import { appendAll } from './append-all.ts';
import { measureCpu } from './measure-cpu.ts';
import { acceptRun, newRuns } from './new-runs.ts';
import type { Store } from './open-store.ts';

/** As many as speak in the largest append of a worker. */
const speakingRuns = 128;
const payload = encodeEvents([{ type: 'text-delta', text: answerText(1) }]);

/** Claims new runs and stores their frames; the runs take turns. */
export async function appendFrames(store: Store, appending: Appending): Promise<StoreCpu> {
  const runs = await holdRuns(store);
  const frames: AppendFrame[] = [];
  for (let seq = 1; frames.length < appending.frames; seq += 1) {
    frames.push(...runs.map((run) => ({ ...run, seq, visible: true, payload })));
  }
  const asked = frames.slice(0, appending.frames);
  const cpuUs = await measureCpu(store, () => appendAll(store, asked, appending.framesPerAppend));
  // Each keeps the slot that it was offered until it ends, and there are no more of them than these runs need.
  await Promise.all(runs.map(({ runId }) => store.log.end(runId, { reason: 'cancelled', by: 'client' })));
  return cpuUs;
}

async function holdRuns(store: Store): Promise<readonly Pick<AppendFrame, 'runId' | 'epoch'>[]> {
  await store.leases.renew({ channel: store.control, room: speakingRuns }, []);
  return await Promise.all(
    newRuns(store, speakingRuns).map(async (run) => {
      await acceptRun(store, run);
      const claim = await store.leases.claim(run.id, { epoch: 0, channel: store.control });
      if (claim.outcome !== 'claimed') throw new Error(`A run is not claimed: ${claim.outcome}`);
      return { runId: run.id, epoch: claim.epoch };
    }),
  );
}
