import type { TestProject } from 'vitest/node';
import '../support/provided-context.ts';
import { startRedisCluster } from '../support/start-redis-cluster.ts';

/** One Cluster for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startRedisCluster();
  process.stderr.write(`tests: ${await cluster.describe()} at ${cluster.url}\n`);
  project.provide('redisUrl', cluster.url);
  project.provide('partitions', '4');
  process.env['CALUTE_TEST_REDIS_URL'] = cluster.url;
  return async () => await cluster[Symbol.asyncDispose]();
}
