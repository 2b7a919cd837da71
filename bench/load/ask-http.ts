import type { Pool } from 'undici';
import type { MockModel, Target } from '../../scripts/bench/protocol.ts';
import { countTokens, hasText } from './check-answer.ts';
import type { Ask } from './run-loops.ts';

/** Asks for a completion over `pool` and looks at all that comes back. */
export function createAsk(
  pool: Pool,
  { url, headers }: Target,
  { model, stream }: { readonly model: MockModel; readonly stream: boolean },
): Ask {
  const { pathname } = new URL(url);
  const body = JSON.stringify({
    model,
    stream,
    messages: [{ role: 'user', content: 'Count to sixty-four.' }],
  });
  const sent = { ...headers, 'content-type': 'application/json' };
  return () =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now();
      let ttftMs: number | undefined;
      let status = 0;
      let received = '';
      pool.dispatch(
        { path: pathname, method: 'POST', headers: sent, body },
        {
          onRequestStart() {},
          onResponseStart(_controller, statusCode) {
            status = statusCode;
          },
          onResponseData(_controller, chunk) {
            const piece = chunk.toString('latin1');
            received += piece;
            if (ttftMs === undefined && hasText(piece)) ttftMs = performance.now() - startedAt;
          },
          onResponseEnd() {
            try {
              const tokens = countTokens(status, received, stream);
              resolve({ tokens, ttftMs: ttftMs ?? performance.now() - startedAt });
            } catch (error) {
              reject(error);
            }
          },
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
}
