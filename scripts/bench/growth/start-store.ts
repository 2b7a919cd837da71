import type { RedisProcess } from '../../redis/spawn-redis.ts';
import type { StoreOrder, StoreState, Submission, Submitted } from '../protocol.ts';
import { startBenchRedis } from '../start-bench-redis.ts';
import { type BenchGround, startOn } from '../start-ground.ts';

/** A Redis with a process that accepts runs as an API does, and looks at what is there. */
export interface BenchStore {
  readonly redis: RedisProcess;
  submit(submission: Submission): Promise<Submitted>;
  inspect(): Promise<StoreState>;
}

export async function startStore(ground: BenchGround, name: string): Promise<BenchStore> {
  const redis = await startBenchRedis(ground, name);
  const process = await startOn<StoreOrder>(ground, {
    file: 'bench/store/main.ts',
    env: { REDIS_URL: redis.url },
  });
  return {
    redis,
    async submit(submission) {
      const report = await process.order({ type: 'submit', submission });
      if (report.type !== 'submitted') throw new Error(`unexpected report ${report.type}`);
      return report.submitted;
    },
    async inspect() {
      const report = await process.order({ type: 'inspect' });
      if (report.type !== 'store') throw new Error(`unexpected report ${report.type}`);
      return report.store;
    },
  };
}
