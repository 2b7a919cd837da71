import { request } from 'node:http';
import { RedisContainer } from '@testcontainers/redis';
import { redisImage } from '../../scripts/redis/container-engine.ts';
import { redisArguments } from '../../scripts/redis/redis-arguments.ts';
import type { TestRedisServer } from './start-local-redis.ts';

const pingMs = 1000;
/** Includes the pull of the image. */
const startMs = 60_000;

/** Whether a Docker-compatible engine answers, at DOCKER_HOST or at the usual socket. */
export async function containerEngineAnswers(env: NodeJS.ProcessEnv): Promise<boolean> {
  const host = env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  if (!URL.canParse(host)) return false;
  const { protocol, pathname, hostname, port } = new URL(host);
  const target = protocol === 'unix:' ? { socketPath: pathname } : { host: hostname, port };
  if (protocol !== 'unix:' && protocol !== 'tcp:') return false;
  return new Promise((settle) => {
    const ping = request({ ...target, path: '/_ping', timeout: pingMs });
    ping.once('response', (response) => settle(response.resume().statusCode === 200));
    ping.once('timeout', () => ping.destroy());
    ping.once('error', () => settle(false));
    // Only `close` follows when the ping is destroyed.
    ping.once('close', () => settle(false));
    ping.end();
  });
}

/** The same Redis settings as everywhere, in a container that goes when the run ends. */
export async function startRedisContainer(): Promise<TestRedisServer> {
  const settings = redisArguments({ port: 6379, bind: '*', dir: '/data' });
  const container = await new RedisContainer(redisImage)
    .withCommand(['redis-server', ...settings])
    .withStartupTimeout(startMs)
    .start();
  return {
    url: container.getConnectionUrl(),
    from: `a container of ${redisImage}`,
    stop: async () => void (await container.stop()),
  };
}
