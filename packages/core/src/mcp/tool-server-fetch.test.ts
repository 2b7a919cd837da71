import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createToolServerFetch } from './tool-server-fetch.ts';

const request = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call' });
const notification = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });

test.each([
  ['is whole', (response: ServerResponse) => response.end('data: {}\n\n'), 'data: {}\n\n'],
  ['ends without an answer', (response: ServerResponse) => response.end(': nothing\n\n'), ': nothing\n\n'],
  ['is cut', (response: ServerResponse) => response.write('data: {', () => response.destroy()), undefined],
  ['is too large', (response: ServerResponse) => response.end('x'.repeat(200)), undefined],
])('a stream that %s is told to be over', async (_, write, body) => {
  const { send, asked, over } = await open(write);
  const response = await send(request);
  const read = response.text();
  await (body === undefined ? expect(read).rejects.toThrow() : expect(read).resolves.toBe(body));
  expect(asked).toEqual([7]);
  expect(over).toEqual([7]);
});

test.each([[['id: 1\ndata:\n\n']], [['data: {}\ni', 'd: 1\n\n']]])(
  'a stream with event ids can be resumed, so its end says nothing: %j',
  async (chunks) => {
    const { send, over } = await open(async (response) => {
      for (const chunk of chunks) await new Promise((written) => response.write(chunk, written));
      response.end();
    });
    await (await send(request)).text();
    expect(over).toEqual([]);
  },
);

test('a notification has no answer to wait for', async () => {
  const { send, asked, over } = await open((response) => response.writeHead(202).end());
  expect((await send(notification)).status).toBe(202);
  expect([asked, over]).toEqual([[], []]);
});

async function open(write: (response: ServerResponse) => unknown) {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/event-stream');
    void write(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const asked: unknown[] = [];
  const over: unknown[] = [];
  const fetch = createToolServerFetch({
    maxBytes: 100,
    onRequest: (id) => void asked.push(id),
    onStreamOver: (id) => void over.push(id),
  });
  onTestFinished(async () => {
    await fetch[Symbol.asyncDispose]();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // because it listens on a port
  return {
    asked,
    over,
    send: (body: string) => fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body }),
  };
}
