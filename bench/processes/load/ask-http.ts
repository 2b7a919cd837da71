import type { Pool } from 'undici';
import { promptFor } from '../prompt.ts';
import type { Load } from '../protocol.ts';
import { checkAnswer, hasText } from './check-answer.ts';
import type { Ask } from './run-loops.ts';
import { createTextClock } from './text-clock.ts';

/** Asks for a completion over `pool` and looks at all that comes back. */
export function createAsk(
  pool: Pool,
  { path, headers }: { readonly path: string; readonly headers: Readonly<Record<string, string>> },
  { model, stream, tokens }: Pick<Load, 'model' | 'stream' | 'tokens'>,
): Ask {
  const body = JSON.stringify({
    model,
    stream,
    messages: [{ role: 'user', content: promptFor(tokens) }],
  });
  const sent = { ...headers, 'content-type': 'application/json' };
  return () =>
    new Promise((resolve, reject) => {
      const clock = createTextClock();
      let status = 0;
      let received = '';
      pool.dispatch(
        { path, method: 'POST', headers: sent, body },
        {
          onRequestStart() {},
          onResponseStart(_controller, statusCode) {
            status = statusCode;
          },
          onResponseData(_controller, chunk) {
            const piece = chunk.toString('latin1');
            received += piece;
            if (hasText(piece)) clock.textCame();
          },
          onResponseEnd() {
            try {
              checkAnswer(status, received, { stream, tokens });
              resolve({ tokens, ...clock.read() });
            } catch (error) {
              reject(error);
            }
          },
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
}
