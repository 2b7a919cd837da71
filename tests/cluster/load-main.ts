import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { startPeriodic } from '@calute/core/async/periodic';
import { createRunId, tenantIdSchema } from '@calute/core/ids';
import { createLogger } from '@calute/core/logging/logger';
import { itemAt } from '@calute/core/partitions/ask-each';
import { openRunStore } from '@calute/core/partitions/open-run-store';
import { createBullMqRunConsumer } from '@calute/core/queue/bullmq-run-consumer';
import type { Partition } from '@calute/core/queue/connect-partition';
import type { RunConsumer } from '@calute/core/queue/run-queue';
import { createSlots, type Slots } from '@calute/core/queue/slots';
import { createErrorReport } from '@calute/core/redis/error-report';
import { renewEveryMs } from '@calute/core/run-store/lease/lease-times';
import type { AppendFrame } from '@calute/core/run-store/run-log';
import { encodeEvents } from '@calute/core/runs/frame-payload';
import { newRun } from '../support/new-run.ts';
import { type LoadOrder, loadOrderSchema } from './load-order.ts';

/** As API and worker in one: tells how many frames and how many runs it got through in a time. Forked by `bench-main.ts`. */
const framesPerAppend = 32;
const loopsPerPartition = 4;
const runsAtOnce = 96;
const payload = encodeEvents([{ type: 'text-delta', text: ' word' }]);
const end = encodeEvents([{ type: 'run-end', end: { reason: 'cancelled', by: 'client' } }]);

const [message] = await once(process, 'message');
const order = loadOrderSchema.parse(message);
const logger = createLogger({ role: 'bench', level: 'warn' });
const onError = (error: unknown) => logger.warn({ err: error }, 'bench.error');
const store = await openRunStore(
  {
    REDIS_URL: order.url,
    CALUTE_PREFIX: `bench-${order.partitions}-${order.kind}`,
    REDIS_PARTITIONS: order.partitions,
    RUN_RETENTION_S: 60,
  },
  { role: 'worker', report: createErrorReport(logger), onError },
);
const instance = randomUUID();
/** What waits for the end of a run; whichever process has it, the end comes by the reply channel. */
const ended = new Map<string, () => void>();
for (const { keys } of store.partitions) {
  const channel = store.channels.create(keys.replyChannel(instance));
  await channel.open({ onMessage: hear, onResubscribed: () => undefined });
}
await (order.kind === 'frames' ? appendFrames(order) : passRuns(order));
await store.closeQueue();
await store.close();
process.disconnect();

function hear(message: string): void {
  for (const line of message.split('\n')) ended.get(line.slice(0, line.indexOf(' ')))?.();
}

/** A run of a tenant whose runs are in this partition. */
function runOf(partition: Partition) {
  const at = store.partitions.indexOf(partition);
  for (let number = 0; ; number += 1) {
    const tenant = tenantIdSchema.parse(`tenant-${number}`);
    if (store.partitioning.ofTenant(tenant) !== at) continue;
    const id = createRunId(Date.now(), undefined, store.partitioning.markOf(tenant));
    return newRun(partition.keys.replyChannel(instance), { id, tenant });
  }
}

async function appendFrames({ lastsMs }: LoadOrder): Promise<void> {
  const loops = store.partitions.flatMap((partition) =>
    Array.from({ length: loopsPerPartition }, () => partition),
  );
  const held = await Promise.all(loops.map(holdRuns));
  const untilMs = performance.now() + lastsMs;
  const counts = loops.map(async ({ log }, at) => {
    let seq = 0;
    while (performance.now() < untilMs) {
      seq += 1;
      await log.append((held[at] ?? []).map((run) => ({ ...run, seq, visible: true, payload })));
    }
    return seq * framesPerAppend;
  });
  await tellAndWait(await Promise.all(counts));
}

async function holdRuns(partition: Partition): Promise<Pick<AppendFrame, 'runId' | 'epoch'>[]> {
  const { log, leases } = partition;
  await leases.renew({ channel: partition.keys.controlChannel(instance), room: 1_000_000 }, []);
  const hold = async () => {
    const run = runOf(partition);
    await log.accept(run);
    const claim = await leases.claim(run.id, {
      epoch: 0,
      channel: partition.keys.controlChannel(instance),
    });
    if (claim.outcome !== 'claimed') throw new Error(`A run is not claimed: ${claim.outcome}.`);
    return { runId: run.id, epoch: claim.epoch };
  };
  return await Promise.all(Array.from({ length: framesPerAppend }, hold));
}

async function passRuns({ lastsMs }: LoadOrder): Promise<void> {
  const slots = createSlots(runsAtOnce);
  await renewAll();
  const consumers = store.partitions.map((partition) => consume(partition, slots));
  const renewing = startPeriodic({ everyMs: renewEveryMs, round: renewAll, onError });
  const untilMs = performance.now() + lastsMs;
  const { partitions } = store;
  const loops = Array.from({ length: runsAtOnce }, (_, at) => itemAt(partitions, at % partitions.length));
  const counts = await Promise.all(
    loops.map(async (partition) => {
      let passed = 0;
      for (; performance.now() < untilMs; passed += 1) await passOne(partition);
      return passed;
    }),
  );
  await tellAndWait(counts);
  await renewing.stop();
  await Promise.all(consumers.map((consumer) => consumer.close(1000)));
}

/** Others may wait for what this process has taken, so it stays until all are done. */
async function tellAndWait(counts: readonly number[]): Promise<void> {
  process.send?.({ done: counts.reduce((total, count) => total + count, 0) });
  await once(process, 'message');
}

async function renewAll(): Promise<void> {
  const renew = ({ leases, keys }: Partition) =>
    leases.renew({ channel: keys.controlChannel(instance), room: runsAtOnce }, []);
  await Promise.all(store.partitions.map(renew));
}

/** From its acceptance to its end, as an API sees it. */
async function passOne(partition: Partition): Promise<void> {
  const run = runOf(partition);
  const over = Promise.withResolvers<void>();
  ended.set(run.id, over.resolve);
  const accepted = await store.log.accept(run);
  if (accepted.outcome !== 'accepted') throw new Error(`A run was not accepted: ${accepted.outcome}.`);
  await store.dispatcher.dispatch(run.id, { waits: accepted.queue !== undefined });
  await over.promise;
  ended.delete(run.id);
}

function consume({ leases, log, queue, keys }: Partition, slots: Slots): RunConsumer {
  const channel = keys.controlChannel(instance);
  return createBullMqRunConsumer({
    ...{ redis: store.redis, prefix: keys.queuePrefix, slots, queue, onError },
    async handler({ runId, epoch }) {
      const claim = await leases.claim(runId, { epoch, channel });
      if (claim.outcome === 'claimed') {
        const ending = { reason: 'cancelled', tokens: 1, mayRetry: false } as const;
        const frame = { runId, epoch: claim.epoch, seq: 1, visible: true, payload: end, end: ending };
        await log.append([frame]);
      }
      return { outcome: 'done' };
    },
  });
}
