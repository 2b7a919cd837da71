import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { inject, onTestFinished } from 'vitest';
import { type Channels, createChannels } from '../../packages/core/src/redis/channel.ts';
import { closeRedis, connectNode, connectRedis } from '../../packages/core/src/redis/connect.ts';
import { createKeys, type Keys } from '../../packages/core/src/redis/keys.ts';
import { globalPrefix } from '../../packages/core/src/redis/partitioning.ts';
import { readRedisAddress, type Server } from '../../packages/core/src/redis/redis-address.ts';
import { createShardedChannels } from '../../packages/core/src/redis/sharded-channels.ts';

const closeMs = 1000;

/** A connection to the tests' Redis that closes itself when the running test is over; call it inside a test. */
export function connectTestRedis(url = inject('redisUrl')): Redis {
  const redis = connectRedis(url, 'worker', () => undefined);
  onTestFinished(() => closeRedis(redis, closeMs));
  return redis;
}

/** Channels on the tests' Redis, which are let go when the running test is over. */
export function openTestChannels(redis: Redis, url = inject('redisUrl')): Channels {
  const ignore = () => undefined;
  const connect = (node: Server) => connectNode(url, node, ignore);
  const channels = redis.isCluster
    ? createShardedChannels({ redis, connect, onError: ignore })
    : createChannels(connectTestRedis(url));
  onTestFinished(() => channels.close(closeMs));
  return channels;
}

/** Whether the tests' Redis is a Cluster. */
export function isTestCluster(): boolean {
  return readRedisAddress(inject('redisUrl')).nodes !== undefined;
}

/** The names of what concerns a whole installation of the tests. */
export function installationKeys(prefix: string): Keys {
  return createKeys(globalPrefix({ prefix, isCluster: isTestCluster() }));
}

/** A key prefix that no other test uses, so that tests share one Redis and run at once. */
export function randomPrefix(): string {
  return `test-${randomBytes(8).toString('hex')}`;
}
