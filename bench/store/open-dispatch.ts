import type { RunId } from '@calute/core/ids';
import type { NewRun } from '@calute/core/run-store/run-log';
import { createBullMqRunConsumer } from '@calute/core/queue/bullmq-run-consumer';
import { createDispatchInbox } from '@calute/core/queue/dispatch-inbox';
import type { TakenRun } from '@calute/core/queue/run-queue';
import { createChannel } from '@calute/core/redis/channel';
import { closeRedis } from '@calute/core/redis/connect';
import type { Store } from './open-store.ts';

/** The way from an API to a worker: both ends of the queue. */
export interface Dispatch extends AsyncDisposable {
  /** Accepts a run and sends it to the consumer, which has nothing to do for it; resolves when it has come. */
  pass(run: NewRun): Promise<TakenRun>;
}

/** As a worker's when nothing is set. */
const concurrency = 256;
const closeMs = 1000;

/** Throws when the store refuses a run. */
export async function openDispatch({ redis, keys, log, queue, control, logger }: Store): Promise<Dispatch> {
  const passing = new Map<RunId, PromiseWithResolvers<TakenRun>>();
  const claim = log.scriptClaim(control);
  const inbox = createDispatchInbox({ claim, now: performance.now.bind(performance) });
  const subscriber = redis.duplicate();
  const channel = createChannel(subscriber, control);
  await channel.open({
    onMessage: (message) => void inbox.receive(message),
    onResubscribed: () => inbox.suspectLoss(),
  });
  const consumer = createBullMqRunConsumer({
    redis,
    prefix: keys.queuePrefix,
    concurrency,
    claim,
    inbox,
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
    async pass(run) {
      const taken = Promise.withResolvers<TakenRun>();
      passing.set(run.id, taken);
      const { outcome } = await queue.dispatch(run);
      if (outcome !== 'accepted') throw new Error(`A run is not accepted: ${outcome}`);
      return await taken.promise.finally(() => passing.delete(run.id));
    },
    async [Symbol.asyncDispose]() {
      await consumer.close(closeMs);
      await channel.close();
      await closeRedis(subscriber, closeMs);
    },
  };
}
