import { setTimeout as wait } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import type { Terminal } from '../cli/terminal.ts';
import { type Batch, describeProgress, hasEnded } from './batch-record.ts';

const lookEveryMs = 1000;

/** Follows a batch to its end: a bar where a person watches, a line for each change otherwise. */
export async function waitForBatch(
  first: Batch,
  read: (id: string) => Promise<Batch>,
  terminal: Terminal,
): Promise<Batch> {
  using progress = terminal.isWatched ? createBar() : createLines(terminal);
  for (let batch = first; ; batch = await read(batch.id)) {
    progress.update(batch);
    if (hasEnded(batch)) return batch;
    await wait(lookEveryMs);
  }
}

interface Progress extends Disposable {
  update(batch: Batch): void;
}

function createBar(): Progress {
  const format = '{status} {bar} {value}/{total} | {failed} failed | {rate}/s | {eta_formatted} left';
  const bar = new SingleBar({
    format,
    stream: process.stderr,
    etaBuffer: 20,
    hideCursor: true,
    gracefulExit: true,
  });
  const rateOf = createRate();
  bar.start(0, 0, { status: '', failed: 0, rate: 0 });
  return {
    update({ status, request_counts: counts }) {
      const { total = 0, completed = 0, failed = 0 } = counts ?? {};
      bar.setTotal(total);
      bar.update(completed + failed, { status, failed, rate: rateOf(completed + failed) });
    },
    [Symbol.dispose]: () => bar.stop(),
  };
}

function createLines(terminal: Terminal): Progress {
  let said = '';
  return {
    update(batch) {
      const line = describeProgress(batch, Date.now());
      if (line !== said) terminal.note(`${line}\n`);
      said = line;
    },
    [Symbol.dispose]: () => undefined,
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
