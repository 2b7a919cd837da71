import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { serveApi } from '../testing/serve-api.ts';
import { startServer } from './listen.ts';

async function exchange(port: number, sent: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(sent);
  return text(socket);
}

test.each([
  ['garbage', 'not http at all\r\n\r\n', 400],
  [
    'two content lengths',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
    400,
  ],
  ['huge headers', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, 431],
])('%s gets an envelope and the connection is closed', async (_name, sent, status) => {
  await using api = await serveApi();
  const [head = '', body = ''] = (await exchange(api.port, sent)).split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head).toContain('content-type: application/json');
  expect(head).toContain('x-request-id: req_');
  expect(JSON.parse(body).error).toMatchObject({
    type: 'invalid_request_error',
    code: 'invalid_request',
    param: null,
  });
});

test('garbage behind a request does not get into its answer', async () => {
  await using api = await serveApi();
  const answers = await exchange(api.port, 'GET /health HTTP/1.1\r\nhost: localhost\r\n\r\ngarbage\r\n\r\n');
  expect(answers.split('HTTP/1.1 ').length - 1).toBeLessThanOrEqual(1);
});

test('a sender who takes too long over its headers is cut', async () => {
  const timeouts = {
    headersTimeoutMs: 50,
    requestTimeoutMs: 100,
    checkingIntervalMs: 10,
    keepAliveTimeoutMs: 100,
  };
  await using server = await startServer(() => {}, { host: '127.0.0.1', port: 0, timeouts });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect(await exchange(port, 'GET / HTTP/1.1\r\nhost: x\r\n')).toMatch(/^HTTP\/1.1 408 .*\r\n/);
});

test('a port that is taken is an error', async () => {
  await using api = await serveApi();
  await expect(startServer(() => {}, { host: '127.0.0.1', port: api.port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});
