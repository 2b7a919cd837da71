import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { SseEvent } from '@calute/core/completions/sse-event';
import { describe, expect, test } from 'vitest';
import { chatBody, type ServedApi, serveStream } from '../testing/serve-api.ts';

describe('a client', () => {
  test('that reads slowly costs bounded memory and gets everything', async () => {
    const total = 400;
    let buffered = 0;
    const responses: ServerResponse[] = [];
    await using api = await serveStream(async function* () {
      for (let id = 1; id <= total; id += 1) {
        yield [bigEvent(id)];
        buffered = Math.max(buffered, responses[0]?.writableLength ?? Number.POSITIVE_INFINITY);
      }
    });
    api.server.prependListener('request', (_request, response) => responses.push(response));
    using socket = await openRaw(api);
    expect(await countEvents(socket)).toBe(total);
    expect(buffered).toBeLessThan(100_000);
  });

  test('that never reads again is cut', async () => {
    const left = Promise.withResolvers<{ aborted: boolean }>();
    await using api = await serveStream(
      async function* (_agent, _messages, _request, { signal }) {
        try {
          for (let id = 1; ; id += 1) yield [bigEvent(id)];
        } finally {
          left.resolve({ aborted: signal.aborted });
        }
      },
      { drainTimeoutMs: 50 },
    );
    using _socket = await openRaw(api);
    expect(await left.promise).toEqual({ aborted: true });
    await api.logged('stream.cut');
    expect(api.log).toHaveLength(1);
  });
});

function bigEvent(id: number): SseEvent {
  return { id, data: JSON.stringify('x'.repeat(65_536)) };
}

/** A client that has sent its request and reads nothing. */
async function openRaw(api: ServedApi): Promise<Socket & Disposable> {
  const body = JSON.stringify(chatBody({ stream: true }));
  const socket = connect(api.port, '127.0.0.1');
  socket.pause();
  await once(socket, 'connect');
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.destroy() });
}

async function countEvents(socket: Socket): Promise<number> {
  let count = 0;
  let rest = '';
  socket.setEncoding('utf8');
  for await (const part of socket) {
    const records = (rest + part).split('\n\n');
    rest = records.pop() ?? '';
    count += records.filter((record) => record.includes('data: ')).length;
    await setImmediate();
  }
  return count;
}
