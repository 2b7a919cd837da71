import type { RunId } from '@calute/core/ids';
import { createBullMqRunConsumer } from '@calute/core/queue/bullmq-run-consumer';
import { createSlots } from '@calute/core/queue/slots';
import type { NewRun } from '@calute/core/run-store/run-log';
import type { Store } from './open-store.ts';

/** A run as a worker holds it. */
export interface TakenRun {
  readonly runId: RunId;
  readonly epoch: number;
  readonly seq: number;
}

/** The way from an API to a worker: both ends of the queue. */
export interface Dispatch extends AsyncDisposable {
  /** Accepts a run and sends it to the consumer, which claims it and does nothing for it; resolves when it has. */
  pass(run: NewRun): Promise<TakenRun>;
}

/** As a worker's when nothing is set. */
const concurrency = 256;
const closeMs = 1000;

/** With room for so many runs, which all keep their slots until they end. Throws when the store refuses a run. */
export async function openDispatch(store: Store, room: number): Promise<Dispatch> {
  const { redis, keys, log, leases, queue, dispatcher, control, logger } = store;
  const passing = new Map<RunId, PromiseWithResolvers<TakenRun>>();
  await leases.renew({ channel: control, room }, []);
  const consumer = createBullMqRunConsumer({
    redis,
    prefix: keys.queuePrefix,
    slots: createSlots(concurrency),
    queue,
    async handler({ runId, epoch }) {
      const claim = await leases.claim(runId, { epoch, channel: control });
      if (claim.outcome === 'claimed') passing.get(runId)?.resolve({ runId, ...claim });
      else passing.get(runId)?.reject(new Error(`A run is not claimed: ${claim.outcome}`));
      return { outcome: 'done' };
    },
    onError: (error) => logger.warn({ err: error }, 'dispatch.error'),
  });
  return {
    async pass(run) {
      const taken = Promise.withResolvers<TakenRun>();
      passing.set(run.id, taken);
      const accepted = await log.accept(run);
      if (accepted.outcome !== 'accepted') throw new Error(`A run is not accepted: ${accepted.outcome}`);
      await dispatcher.dispatch(run.id, { waits: accepted.queue !== undefined });
      return await taken.promise.finally(() => passing.delete(run.id));
    },
    [Symbol.asyncDispose]: () => consumer.close(closeMs),
  };
}
