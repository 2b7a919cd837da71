import { Redis } from 'ioredis';

const tryAgainMs = 25;

/** Resolves once the Redis there serves (its AOF is loaded); rejects with the signal's reason when that aborts first. */
export async function awaitPong(url: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const redis = new Redis(url, {
    retryStrategy: () => tryAgainMs,
    maxRetriesPerRequest: null,
    maxLoadingRetryTime: tryAgainMs,
  });
  // Refused connections are what is waited out here.
  redis.on('error', () => undefined);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([redis.ping(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
    redis.disconnect();
  }
}
