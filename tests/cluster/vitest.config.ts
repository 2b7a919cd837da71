import { defineConfig } from 'vitest/config';

/** The same tests on a Redis Cluster of three, with four partitions; `npm run test:cluster`. */
export default defineConfig({
  test: {
    include: [
      'tests/cluster/*.cluster.ts',
      'packages/core/src/run-store/run-log.redis.test.ts',
      'tests/e2e/{one-run,resume,worker-loss,tool-loss,drain,batches,team}.test.ts',
    ],
    globalSetup: ['tests/cluster/global-setup.ts'],
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
