import { itemAt } from '../../../packages/core/src/partitions/ask-each.ts';
import { connectRunStore } from '../../../packages/core/src/partitions/open-run-store.ts';
import { createBullMqRunConsumer } from '../../../packages/core/src/queue/bullmq-run-consumer.ts';
import { GivenUp } from '../../../packages/core/src/queue/run-queue.ts';
import { createSlots } from '../../../packages/core/src/queue/slots.ts';
import { closeRedis } from '../../../packages/core/src/redis/connect.ts';
import { openRedis } from '../../../packages/core/src/redis/open-redis.ts';
import type { RoleEnvironment } from '../../support/start-role.ts';

/** Plays a worker that gives up the runs that it is given, so that each leaves a dead letter; stops after so many. */
export async function giveUpRuns(
  { REDIS_URL, CALUTE_PREFIX }: RoleEnvironment,
  howMany: number,
): Promise<void> {
  const redis = await openRedis(REDIS_URL, 'worker', () => undefined);
  const faults: unknown[] = [];
  const onError = (error: unknown) => void faults.push(error);
  const store = connectRunStore(redis, { CALUTE_PREFIX, RUN_RETENTION_S: 600 }, { onError });
  const { leases } = itemAt(store.partitions, 0);
  const done = Promise.withResolvers<void>();
  let given = 0;
  const consumer = createBullMqRunConsumer({
    redis,
    prefix: store.keys.queuePrefix,
    slots: createSlots(1),
    queue: store.queue,
    onError,
    async handler({ runId }) {
      const read = await store.log.read(runId, { afterSeq: 0, limit: 1, withHeader: true });
      const header = read.outcome === 'found' ? read.header : undefined;
      await store.log.end(runId, { reason: 'failed', code: 'worker_lost', message: 'Given up.' });
      given += 1;
      if (given === howMany) done.resolve();
      throw new GivenUp(
        'Its workers died under it.',
        header && { tenant: header.tenant, request: header.request },
      );
    },
  });
  await leases.renew({ channel: 'given-up', room: 10 }, []);
  await store.dispatcher.fill();
  await done.promise;
  await leases.renew({ channel: 'given-up', room: 0 }, []);
  consumer.pause();
  await consumer.idle();
  await consumer.close(1000);
  await store.closeQueue();
  await closeRedis(redis, 1000);
  if (faults.length > 0) throw faults[0];
}
