import { type Latency, latencyOf } from '../figures/latency.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import { measureLoad } from '../ground/start-process.ts';
import { startCalute } from '../peers/start-calute.ts';
import { type Sample, usualLoad } from '../processes/protocol.ts';
import { createBatchClient, writeLines } from './batch-client.ts';
import type { BatchSizes } from './batch-sizes.ts';

/** Live traffic without a batch, and beside one that is in progress from the first request to the last. */
export interface LatencyBeside {
  readonly idle: Latency;
  readonly beside: Latency;
  /** Of the batch that were done meanwhile. */
  readonly linesDone: number;
}

const lineBytes = 200;
const concurrency = 4;
/** Enough to load all code. */
const warmUp = { kind: 'count', requests: 1000, maxMs: 30_000 } as const;

export async function measureLatency(
  ground: BenchGround,
  { lines, latencyMs, rounds }: BatchSizes,
): Promise<LatencyBeside> {
  const calute = await startCalute(ground, { name: 'latency', env: { FILES_DIR: `${ground.dir}/files` } });
  const client = createBatchClient(calute.target);
  const path = await writeLines(ground.dir, { lines, lineBytes });
  const ask = (until: typeof warmUp | { readonly kind: 'time'; readonly ms: number }) =>
    measureLoad(calute.loader, {
      type: 'load',
      target: calute.target,
      load: { ...usualLoad, concurrency, until },
    });
  await ask(warmUp);
  const samples = { idle: [] as Sample[], beside: [] as Sample[] };
  let linesDone = 0;
  for (let round = 0; round < rounds; round += 1) {
    samples.idle.push(await ask({ kind: 'time', ms: latencyMs }));
    const id = await client.submit(path);
    await client.waitFor(id, 1);
    samples.beside.push(await ask({ kind: 'time', ms: latencyMs }));
    const { request_counts: counts } = await client.get(id);
    if (counts.completed === lines)
      throw new Error('The batch has ended before the last request; give it more lines.');
    linesDone += counts.completed;
    await client.cancel(id);
  }
  return { idle: latencyOf(samples.idle), beside: latencyOf(samples.beside), linesDone };
}
