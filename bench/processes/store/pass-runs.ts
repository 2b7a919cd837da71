import type { AppendFrame, FrameEnd } from '@calute/core/run-store/run-log';
import { encodeEvents } from '@calute/core/runs/frame-payload';
import { answerText } from '../answer.ts';
import type { Hop, Passage, StoreCpu } from '../protocol.ts';
import { appendAll } from './append-all.ts';
import { measureCpu } from './measure-cpu.ts';
import { newRuns } from './new-runs.ts';
import { openDispatch, type TakenRun } from './open-dispatch.ts';
import type { Store } from './open-store.ts';
import { severalAtOnce } from './several-at-once.ts';

const usage = { promptTokens: 25, completionTokens: 1, cachedTokens: 0, reasoningTokens: 0 };
const payload = encodeEvents([
  { type: 'text-delta', text: answerText(1) },
  { type: 'run-end', end: { reason: 'completed', finishReason: 'stop', usage, processingMs: 1 } },
]);
const end: FrameEnd = { reason: 'completed', tokens: 26, mayRetry: false };

/** Takes new runs through the store, all of them through one hop before the first goes through the next. */
export async function passRuns(
  store: Store,
  { count, concurrency }: Passage,
): Promise<Record<Hop, StoreCpu>> {
  const runs = newRuns(store, count);
  const taken: TakenRun[] = [];
  await using dispatch = await openDispatch(store, count);
  // Loads the scripts, and makes the consumer known.
  await severalAtOnce(newRuns(store, 1), 1, async (run) => {
    await appendAll(store, [toLastFrame(await dispatch.pass(run))], 1);
  });
  return {
    dispatch: await measureCpu(store, () =>
      severalAtOnce(runs, concurrency, async (run) => void taken.push(await dispatch.pass(run))),
    ),
    end: await measureCpu(store, () => appendAll(store, taken.map(toLastFrame), concurrency)),
  };
}

function toLastFrame({ runId, epoch, seq }: TakenRun): AppendFrame {
  return { runId, epoch, seq: seq + 1, visible: true, end, payload };
}
