import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { inject, onTestFinished } from 'vitest';
import { closeRedis, connectRedis } from '../../packages/core/src/redis/connect.ts';

const closeMs = 1000;

/** A connection to the tests' Redis that closes itself when the running test is over; call it inside a test. */
export function connectTestRedis(url = inject('redisUrl')): Redis {
  const redis = connectRedis(url, 'worker', () => undefined);
  onTestFinished(() => closeRedis(redis, closeMs));
  return redis;
}

/** A key prefix that no other test uses, so that tests share one Redis and run at once. */
export function randomPrefix(): string {
  return `test-${randomBytes(8).toString('hex')}`;
}
