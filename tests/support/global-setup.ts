import type { TestProject } from 'vitest/node';
import './provided-context.ts';
import { startLocalRedis } from './start-local-redis.ts';
import { containerEngineAnswers, startRedisContainer } from './start-redis-container.ts';

/** One real Redis for the whole run: a container where an engine answers, else a process of this machine. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = (await tryContainer()) ?? (await startLocalRedis(say));
  say(`tests: Redis is ${redis.from} at ${redis.url}`);
  project.provide('redisUrl', redis.url);
  project.provide('partitions', '1');
  // For processes that tests start, which have no vitest to ask.
  process.env['CALUTE_TEST_REDIS_URL'] = redis.url;
  return redis.stop;
}

async function tryContainer() {
  if (!(await containerEngineAnswers(process.env))) return undefined;
  try {
    return await startRedisContainer();
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    say(`tests: the container engine answers but gives no Redis (${reason}); a local process is used`);
    return undefined;
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
