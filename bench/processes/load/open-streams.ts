import { Pool } from 'undici';
import type { Target } from '../protocol.ts';
import { hasText } from './check-answer.ts';

const atOnce = 50;

/** Opens streams and leaves them open; resolves when each has its first token or has failed. */
export async function openStreams(
  { urls: [url = ''], headers }: Target,
  count: number,
): Promise<{ open: number; failed: number; firstError?: string }> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: count, pipelining: 1 });
  const sent = { ...headers, 'content-type': 'application/json' };
  let left = count;
  const errors: string[] = [];
  const opener = async () => {
    while (left > 0) {
      left -= 1;
      await openStream(pool, pathname, sent).catch((error: Error) => errors.push(error.message));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, opener));
  const [firstError] = errors;
  const opened = { open: count - errors.length, failed: errors.length };
  return firstError === undefined ? opened : { ...opened, firstError };
}

function openStream(pool: Pool, path: string, headers: Record<string, string>): Promise<void> {
  const body = JSON.stringify({
    model: 'mock-slow',
    stream: true,
    messages: [{ role: 'user', content: 'Slowly.' }],
  });
  return new Promise((resolve, reject) => {
    pool.dispatch(
      { path, method: 'POST', headers, body, bodyTimeout: 0 },
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
