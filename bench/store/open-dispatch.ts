import type { RunId } from '@calute/core/ids';
import { createBullMqRunConsumer } from '@calute/core/queue/bullmq-run-consumer';
import type { TakenRun } from '@calute/core/queue/run-queue';
import type { Store } from './open-store.ts';

/** The way from an API to a worker: both ends of the queue. */
export interface Dispatch extends AsyncDisposable {
  /** Puts an accepted run on the queue; resolves when it has been taken. The consumer has nothing to do for it. */
  pass(runId: RunId): Promise<TakenRun>;
}

/** As a worker's when nothing is set. */
const concurrency = 256;
const closeMs = 1000;

export function openDispatch({ redis, keys, log, queue, control, logger }: Store): Dispatch {
  const passing = new Map<RunId, PromiseWithResolvers<TakenRun>>();
  const consumer = createBullMqRunConsumer({
    redis,
    prefix: keys.queuePrefix,
    concurrency,
    claim: log.scriptClaim(control),
    handler: {
      async handle(run) {
        passing.get(run.runId)?.resolve(run);
        return 'done';
      },
      async abandon(runId, error) {
        passing.get(runId)?.reject(error);
        return undefined;
      },
    },
    onError: (error) => logger.warn({ err: error }, 'dispatch.error'),
  });
  return {
    async pass(runId) {
      const taken = Promise.withResolvers<TakenRun>();
      passing.set(runId, taken);
      await queue.add(runId);
      return await taken.promise.finally(() => passing.delete(runId));
    },
    [Symbol.asyncDispose]: () => consumer.close(closeMs),
  };
}
