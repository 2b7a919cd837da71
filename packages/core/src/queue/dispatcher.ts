import { setTimeout as delay } from 'node:timers/promises';
import { oneAtATime } from '../async/one-at-a-time.ts';
import { CaluteError } from '../errors.ts';
import type { RunId } from '../ids.ts';
import type { Backlog, OfferedRun } from '../run-store/backlog/backlog.ts';
import type { RunQueue } from './run-queue.ts';

/** Moves accepted runs on: those that were offered to the queue, the others to the backlog, and from there as there is room. */
export interface Dispatcher {
  /**
   * Queues a run that was just accepted, or lets it wait; tries again while the store does not answer, because nobody else may
   * start a run whose client has not been answered. Never throws.
   */
  dispatch(runId: RunId, options: { readonly waits: boolean }): Promise<void>;
  /** Offers what waits, as far as there is room. Never throws. */
  fill(): Promise<void>;
}

export interface DispatcherParts {
  readonly backlog: Backlog;
  readonly queue: Pick<RunQueue, 'add'>;
  onError(error: unknown): void;
}

const pausesMs = [50, 200, 500, 1000, 2000, 4000, 8000, 16_000];

export function createDispatcher({ backlog, queue, onError }: DispatcherParts): Dispatcher {
  // What is not added here is added by the sweep, once its offer has run out.
  const add = (run: OfferedRun) => queue.add(run).catch(onError);
  const fill = oneAtATime(async () => {
    try {
      for (let more = true; more; ) {
        const { runs, waiting } = await backlog.release();
        await Promise.all(runs.map(add));
        more = runs.length > 0 && waiting > 0;
      }
    } catch (error) {
      onError(error);
    }
  });
  return {
    fill,
    async dispatch(runId, { waits }) {
      for (const pauseMs of [0, ...pausesMs]) {
        if (pauseMs > 0) await delay(pauseMs);
        try {
          if (waits) await backlog.add(runId);
          else await queue.add({ runId, epoch: 0 });
          break;
        } catch (error) {
          onError(error);
          if (!CaluteError.is(error) || error.code !== 'store_unavailable') return;
        }
      }
      if (waits) await fill();
    },
  };
}
