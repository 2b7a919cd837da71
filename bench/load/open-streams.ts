import type { Pool } from 'undici';
import type { Target } from '../../scripts/bench/protocol.ts';
import { hasText } from './check-answer.ts';

const atOnce = 50;

/** Opens streams and leaves them open; resolves when each has its first token or has failed. */
export async function openStreams(
  pool: Pool,
  target: Target,
  count: number,
): Promise<{ open: number; failed: number; firstError?: string }> {
  let left = count;
  const errors: string[] = [];
  const opener = async () => {
    while (left > 0) {
      left -= 1;
      await openStream(pool, target).catch((error: Error) => errors.push(error.message));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, opener));
  const [firstError] = errors;
  const opened = { open: count - errors.length, failed: errors.length };
  return firstError === undefined ? opened : { ...opened, firstError };
}

function openStream(pool: Pool, { url, headers }: Target): Promise<void> {
  const body = JSON.stringify({
    model: 'mock-slow',
    stream: true,
    messages: [{ role: 'user', content: 'Slowly.' }],
  });
  return new Promise((resolve, reject) => {
    pool.dispatch(
      {
        path: new URL(url).pathname,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        bodyTimeout: 0,
      },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData(_controller, chunk) {
          if (hasText(chunk.toString('latin1'))) resolve();
        },
        onResponseEnd: () => reject(new Error('it ended')),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}
