import { closeRedis } from '@calute/core/redis/connect';
import { createKeys } from '@calute/core/redis/keys';
import { openRedis } from '@calute/core/redis/open-redis';
import { type Spread, spreadOf } from '../figures/statistics.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import { type BenchStore, startStore } from '../ground/start-store.ts';
import { type Hop, hops, type StoreCpu, storeInstance } from '../processes/protocol.ts';
import type { GrowthSettings } from './growth-settings.ts';

/** What one piece of work takes of Redis, and of the process that asks for it. */
interface StoreCost {
  readonly redisCpuUs: Spread | undefined;
  readonly ownCpuUs: Spread | undefined;
}

/** A frame of one token of five bytes, stored and published. */
export interface AppendCost extends StoreCost {
  readonly framesPerAppend: number;
}

/** A run in one hop. */
export interface HopCost extends StoreCost {
  readonly hop: Hop;
  /** Runs on their way at once. */
  readonly concurrency: number;
}

export interface StoreCosts {
  readonly hops: readonly HopCost[];
  readonly appends: readonly AppendCost[];
}

const closeMs = 1000;

/** What a run asks of the store, hop by hop, and its frames by how many share an append; all of them in each round. */
export async function measureStore(
  ground: BenchGround,
  { rounds, frames, framesPerAppend, runs, concurrency }: GrowthSettings['store'],
): Promise<StoreCosts> {
  const store = await startStore(ground, 'store');
  await hearReplies(ground, store);
  const appends = framesPerAppend.map((size) => ({ size, uses: [] as StoreCpu[] }));
  const passages = concurrency.map((atOnce) => ({ atOnce, uses: [] as Record<Hop, StoreCpu>[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { size, uses } of appends) uses.push(await store.append({ frames, framesPerAppend: size }));
    for (const { atOnce, uses } of passages) {
      uses.push(await store.pass({ count: runs, concurrency: atOnce }));
    }
  }
  return {
    hops: passages.flatMap(({ atOnce, uses }) =>
      hops.map((hop) => {
        const usesOfHop = uses.map((use) => use[hop]);
        return { hop, concurrency: atOnce, ...costOf(usesOfHop, runs) };
      }),
    ),
    appends: appends.map(({ size, uses }) => ({ framesPerAppend: size, ...costOf(uses, frames) })),
  };
}

/** Frames are published to somebody: what Redis does for that is a part of what an append takes. */
async function hearReplies({ stack }: BenchGround, { redisUrl }: BenchStore): Promise<void> {
  const report = ({ message }: Error) => process.stderr.write(`The subscriber: ${message}\n`);
  const subscriber = await openRedis(redisUrl, 'subscriber', report);
  stack.defer(() => closeRedis(subscriber, closeMs));
  await subscriber.subscribe(createKeys().replyChannel(storeInstance));
}

/** Of one out of `count`; the first round warms up. */
function costOf([, ...uses]: readonly StoreCpu[], count: number): StoreCost {
  return {
    redisCpuUs: spreadOf(uses.map(({ redis }) => redis / count)),
    ownCpuUs: spreadOf(uses.map(({ own }) => own / count)),
  };
}
