import type {
  Appending,
  ChildReport,
  Hop,
  Passage,
  StoreCpu,
  StoreOrder,
  StoreState,
  Submission,
  Submitted,
} from '../processes/protocol.ts';
import { startBenchRedis } from './start-bench-redis.ts';
import { type BenchGround, startOn } from './start-ground.ts';

/** A process at a Redis that does there what APIs and workers do, and looks at what is there. */
export interface BenchStore {
  readonly redisUrl: string;
  submit(submission: Submission): Promise<Submitted>;
  /** Gives what all the frames have taken together. Somebody has to listen to the reply channel. */
  append(appending: Appending): Promise<StoreCpu>;
  /** Gives what all the runs have taken together in each hop. Somebody has to listen to the reply channel. */
  pass(passage: Passage): Promise<Readonly<Record<Hop, StoreCpu>>>;
  inspect(): Promise<StoreState>;
}

/** With a Redis of its own. */
export async function startStore(ground: BenchGround, name: string): Promise<BenchStore> {
  const { url } = await startBenchRedis(ground, name);
  return await startStoreAt(ground, url);
}

export async function startStoreAt(ground: BenchGround, redisUrl: string): Promise<BenchStore> {
  const process = await startOn<StoreOrder>(ground, {
    file: 'bench/processes/store/main.ts',
    env: { REDIS_URL: redisUrl },
  });
  const ask = async <Type extends ChildReport['type']>(order: StoreOrder, type: Type) => {
    const report = await process.order(order);
    if (!isOf(report, type)) throw new Error(`unexpected report ${report.type}`);
    return report;
  };
  return {
    redisUrl,
    submit: async (submission) => (await ask({ type: 'submit', submission }, 'submitted')).submitted,
    append: async (appending) => (await ask({ type: 'append', appending }, 'appended')).cpuUs,
    pass: async (passage) => (await ask({ type: 'pass', passage }, 'passed')).cpuUs,
    inspect: async () => (await ask({ type: 'inspect' }, 'store')).store,
  };
}

function isOf<Type extends ChildReport['type']>(
  report: ChildReport,
  type: Type,
): report is Extract<ChildReport, { type: Type }> {
  return report.type === type;
}
