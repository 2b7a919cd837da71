import { setTimeout as delay } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import type { BatchClient, BatchState } from './batch-client.ts';

export interface WaitOptions {
  readonly out: NodeJS.WriteStream;
  readonly everyMs?: number;
}

const ends: ReadonlySet<string> = new Set(['completed', 'failed', 'expired', 'cancelled']);

/** Follows a batch to its end: a bar on a terminal, a line for each change otherwise. */
export async function waitForBatch(
  client: Pick<BatchClient, 'get'>,
  id: string,
  { out, everyMs = 1000 }: WaitOptions,
): Promise<BatchState> {
  const show = out.isTTY ? createBar(out) : createLines(out);
  try {
    for (;;) {
      const batch = await client.get(id);
      show.update(batch);
      if (ends.has(batch.status)) return batch;
      await delay(everyMs);
    }
  } finally {
    show.stop();
  }
}

interface Show {
  update(batch: BatchState): void;
  stop(): void;
}

function createBar(out: NodeJS.WriteStream): Show {
  const format = '{status} {bar} {value}/{total} | {failed} failed | {rate}/s | {eta_formatted} left';
  const bar = new SingleBar({ format, stream: out, etaBuffer: 20, hideCursor: true, gracefulExit: true });
  const rateOf = createRate();
  let started = false;
  return {
    update({ status, request_counts: { total, completed, failed } }) {
      if (!started) bar.start(total, 0, { status, failed, rate: 0 });
      started = true;
      bar.setTotal(total);
      bar.update(completed + failed, { status, failed, rate: rateOf(completed + failed) });
    },
    stop: () => bar.stop(),
  };
}

function createLines(out: NodeJS.WriteStream): Show {
  const rateOf = createRate();
  let last = '';
  return {
    update({ status, request_counts: { total, completed, failed } }) {
      const line = `${status} ${completed + failed}/${total}, ${failed} failed`;
      const rate = rateOf(completed + failed);
      if (line === last) return;
      last = line;
      const left = total - completed - failed;
      const eta = rate > 0 && left > 0 ? `, ${rate}/s, ${Math.ceil(left / rate)} s left` : '';
      out.write(`${line}${eta}\n`);
    },
    stop: () => undefined,
  };
}

/** Lines a second since it was first asked, to one digit. */
function createRate(): (done: number) => number {
  let first: { readonly done: number; readonly ms: number } | undefined;
  return (done) => {
    const ms = performance.now();
    first ??= { done, ms };
    const seconds = (ms - first.ms) / 1000;
    return seconds > 0 ? Math.round(((done - first.done) / seconds) * 10) / 10 : 0;
  };
}
