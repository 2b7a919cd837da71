import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readError } from '../testing/read-error.ts';
import { completionOf, scriptedCompletions } from '../testing/scripted-completions.ts';
import { chatBody, type ServedApi, serveApi } from '../testing/serve-api.ts';

const echoing = { completions: scriptedCompletions({ createCompletion: async () => completionOf('hi') }) };
const valid = JSON.stringify(chatBody());

function post(
  api: ServedApi,
  body: Uint8Array<ArrayBuffer> | string | Blob,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${api.url}/v1/chat/completions`, { method: 'POST', body, headers });
}

async function exchange(port: number, sent: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(sent);
  return text(socket);
}

test.each([
  ['gzip', gzipSync(valid)],
  ['deflate', deflateSync(valid)],
  ['br', brotliCompressSync(valid)],
  ['zstd', zstdCompressSync(valid)],
  ['identity', Buffer.from(valid)],
  ['', Buffer.from(valid)],
])('a body in the encoding %j is read', async (encoding, body) => {
  await using api = await serveApi(echoing);
  const response = await post(api, body, {
    'content-encoding': encoding,
    'content-type': 'application/json',
  });
  expect(response.status).toBe(200);
});

test('a body above the limit is refused as 413, also when it only grows by inflating', async () => {
  await using api = await serveApi({ ...echoing, settings: { maxBodyBytes: 1000 } });
  const large = JSON.stringify(chatBody({ user: 'x'.repeat(2000) }));
  expect(await readError(await api.post(large))).toMatchObject({ status: 413, code: 'request_too_large' });
  const packed = await post(api, gzipSync(large), {
    'content-encoding': 'gzip',
    'content-type': 'application/json',
  });
  expect(await readError(packed)).toMatchObject({ status: 413, code: 'request_too_large' });
});

test('a body of many times the limit is read off, so that its sender gets the answer', async () => {
  await using api = await serveApi({ settings: { maxBodyBytes: 1000 } });
  expect(await readError(await api.post('x'.repeat(20_000_000)))).toMatchObject({ status: 413 });
});

test.each<[string, Uint8Array<ArrayBuffer>, string]>([
  ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'invalid_encoding'],
  ['UTF-16', Buffer.from(valid, 'utf16le'), 'invalid_json'],
  ['a cut multi-byte character', Buffer.from([0x22, 0xe2, 0x82, 0x22]), 'invalid_encoding'],
  ['deep nesting', Buffer.from('['.repeat(10_000) + ']'.repeat(10_000)), 'nesting_too_deep'],
  ['no JSON', Buffer.from('{"model": "echo",}'), 'invalid_json'],
  ['nothing', Buffer.from(''), 'invalid_json'],
  ['JSON that is no object', Buffer.from('[]'), 'invalid_request'],
])('%s is a 400 with its own code', async (_name, body, code) => {
  await using api = await serveApi(echoing);
  expect(await readError(await post(api, body, { 'content-type': 'application/json' }))).toMatchObject({
    status: 400,
    code,
  });
});

test('a body is UTF-8 whatever charset its type names', async () => {
  await using api = await serveApi(echoing);
  const latin1 = Buffer.from(JSON.stringify(chatBody({ user: 'é' })), 'latin1');
  const refused = await post(api, latin1, { 'content-type': 'application/json; charset=latin1' });
  expect(await readError(refused)).toMatchObject({ status: 400, code: 'invalid_encoding' });
});

test('a request without any body is told that it is empty', async () => {
  await using api = await serveApi(echoing);
  const answer = await exchange(
    api.port,
    'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
  );
  expect(answer).toContain('The request body is empty; expected a JSON object.');
});

test('what is packed and cut is a 400, and a packed bomb is a 413', async () => {
  await using api = await serveApi({ ...echoing, settings: { maxBodyBytes: 100_000 } });
  const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
  expect(await readError(await post(api, gzipSync(valid).subarray(0, 30), headers))).toMatchObject({
    status: 400,
    code: 'invalid_encoding',
  });
  const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
  expect(await readError(await post(api, bomb, headers))).toMatchObject({ status: 413 });
});

test('the body is not kept for as long as the answer takes', async () => {
  const kept: unknown[] = [];
  await using api = await serveApi(echoing);
  api.server.on('request', (request, response) =>
    response.on('close', () => kept.push(Reflect.get(request, 'body'))),
  );
  expect((await api.post(chatBody())).status).toBe(200);
  await api.parts.streams.whenEmpty();
  expect(kept).toEqual([undefined]);
});

test('a syntax error is located without repeating the text', async () => {
  await using api = await serveApi(echoing);
  const { message } = await readError(await api.post('{"model": "echo",\n "messages": secret}'));
  expect(message).toBe(
    'The request body is not valid JSON: invalid symbol at position 31 (line 2 column 14).',
  );
});

test.each([
  [{ 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
  [{ 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
  [{ 'content-type': 'application/json', 'content-encoding': 'compress' }, 415, 'unsupported_media_type'],
  [{ 'content-type': 'application/json', 'content-encoding': 'gzip' }, 400, 'invalid_encoding'],
])('headers %j that the body does not fit are refused', async (headers, status, code) => {
  await using api = await serveApi(echoing);
  expect(await readError(await post(api, valid, headers))).toMatchObject({ status, code });
});

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=utf8',
  'application/json;',
  'application/problem+json',
  undefined,
])('content type %s is taken', async (contentType) => {
  await using api = await serveApi(echoing);
  const headers = contentType === undefined ? {} : { 'content-type': contentType };
  const response = await post(api, new Blob([valid]), headers);
  expect(response.status).toBe(200);
});

test.each(['', 'content-encoding: gzip\r\n'])(
  'a client that leaves while it sends (%j) is forgotten',
  async (header) => {
    const ended = Promise.withResolvers<[string, number]>();
    await using api = await serveApi(echoing);
    api.parts.metrics.requestEnded = (route, status) => ended.resolve([route, status]);
    const socket = connect(api.port, '127.0.0.1');
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n${header}content-length: 100\r\n\r\n`,
    );
    socket.write(gzipSync(valid).subarray(0, 40), () => socket.destroy());
    expect(await ended.promise).toEqual(['/v1/chat/completions', 499]);
    expect((await api.post(chatBody())).status).toBe(200);
    expect(api.log).toEqual([]);
  },
);
