import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireRedisProgram } from '../../scripts/redis/find-redis.ts';
import { freePort } from '../../scripts/redis/free-port.ts';
import { programCommand } from '../../scripts/redis/redis-command.ts';
import { spawnRedis } from '../../scripts/redis/spawn-redis.ts';

export interface TestRedisServer {
  readonly url: string;
  /** Where it comes from, for people. */
  readonly from: string;
  readonly stop: () => Promise<void>;
}

/** A redis-server process with its data in a temporary folder. */
export async function startLocalRedis(report: (line: string) => void): Promise<TestRedisServer> {
  const path = await requireRedisProgram({ env: process.env, report });
  const dir = await mkdtemp(join(tmpdir(), 'calute-redis-'));
  const port = await freePort();
  const redis = await spawnRedis({ command: programCommand(path, { dir, port }), port, logDir: dir });
  // A run that is broken off skips the teardown.
  const killAtExit = () => void process.kill(redis.pid, 'SIGKILL');
  process.once('exit', killAtExit);
  return {
    url: redis.url,
    from: 'a local process',
    async stop() {
      process.off('exit', killAtExit);
      await redis.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
