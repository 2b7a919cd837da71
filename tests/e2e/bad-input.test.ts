import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { prepareCalute, share } from '../support/start-calute.ts';

const calute = share(async () => {
  const installation = await prepareCalute([{ id: 'echo', model: 'offline:echo' }]);
  const [api, worker] = await Promise.all([installation.startApi(), installation.startWorker()]);
  return { ...installation, api, worker };
});

const json = { 'content-type': 'application/json' };

function send(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${calute().api.url}${path}`, init);
}

function post(body: RequestInit['body'], headers: Record<string, string> = json): Promise<Response> {
  return send('/v1/chat/completions', { method: 'POST', headers, body: body ?? null });
}

/** OpenAI's envelope with all four keys, and everything else that an SDK needs; gives what it says. */
async function envelopeOf(response: Response) {
  const text = await response.text();
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  expect(response.headers.get('x-should-retry')).toBe('false');
  expect(text).not.toMatch(/<html|<!doctype|\bat .+:\d+:\d+/i);
  const { error, ...rest } = JSON.parse(text);
  expect(rest).toEqual({});
  expect(error).toEqual({
    message: expect.any(String),
    type: expect.any(String),
    param: error.param === null ? null : expect.any(String),
    code: expect.any(String),
  });
  return { status: response.status, code: error.code, param: error.param };
}

afterEach(async () => {
  const { api, worker } = calute();
  const response = await post(JSON.stringify(ask('echo', 'still there')));
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'still there' } }] });
  expect([api.process.exitCode, worker.process.exitCode]).toEqual([null, null]);
  expect(api.log() + worker.log()).not.toMatch(/"level":(50|60)|request\.failed|agent-bug/);
});

const user = { role: 'user', content: 'Hi' };
const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };

describe('a body that is JSON but no request', () => {
  it.each<[string, object, number, string, string | null]>([
    ['an array', [], 400, 'invalid_request', null],
    ['no model', { messages: [user] }, 400, 'invalid_request', 'model'],
    ['a model of the wrong type', { model: 7, messages: [user] }, 400, 'invalid_request', 'model'],
    ['an unknown model', { model: 'nobody', messages: [user] }, 404, 'model_not_found', 'model'],
    ['no messages', { model: 'echo' }, 400, 'invalid_request', 'messages'],
    ['empty messages', { model: 'echo', messages: [] }, 400, 'invalid_request', 'messages'],
    ['a text for messages', { model: 'echo', messages: 'Hi' }, 400, 'invalid_request', 'messages'],
    [
      'an unknown role',
      withMessages({ role: 'boss', content: 'Hi' }),
      400,
      'invalid_request',
      'messages.0.role',
    ],
    [
      'a number for content',
      withMessages({ role: 'user', content: 1 }),
      400,
      'invalid_request',
      'messages.0.content',
    ],
    ['a text for stream', { ...ask('echo'), stream: 'yes' }, 400, 'invalid_request', 'stream'],
    ['a text for temperature', { ...ask('echo'), temperature: '0' }, 400, 'invalid_request', 'temperature'],
    [
      'a temperature out of range',
      { ...ask('echo'), temperature: 2.1 },
      400,
      'invalid_request',
      'temperature',
    ],
    ['five stops', { ...ask('echo'), stop: ['a', 'b', 'c', 'd', 'e'] }, 400, 'invalid_request', 'stop'],
    ['nine choices', { ...ask('echo'), n: 9 }, 400, 'invalid_request', 'n'],
    ['what its model cannot', { ...ask('echo'), logprobs: true }, 400, 'unsupported_parameter', 'logprobs'],
    [
      'a tool result without a call',
      withMessages(user, { role: 'tool', tool_call_id: 'call_1', content: 'x' }),
      400,
      'invalid_request',
      'messages.1.tool_call_id',
    ],
    [
      'a call without its result',
      withMessages(user, { role: 'assistant', content: null, tool_calls: [call] }, user),
      400,
      'invalid_request',
      'messages.1.tool_calls',
    ],
  ])('is refused with its place: %s', async (_what, body, status, code, param) => {
    expect(await envelopeOf(await post(JSON.stringify(body)))).toEqual({ status, code, param });
    expect(await envelopeOf(await post(JSON.stringify({ stream: true, ...body })))).toMatchObject({
      status,
      code,
    });
  });
});

function withMessages(...messages: object[]): object {
  return { model: 'echo', messages };
}

describe('a body that is not even JSON', () => {
  const deep = (open: string, close: string) =>
    `{"model":"echo","messages":${open.repeat(10_000)}${close.repeat(10_000)}}`;
  it.each<[string, string | Buffer, string]>([
    ['empty', '', 'invalid_json'],
    ['cut off', '{"model":"echo","messages":[', 'invalid_json'],
    ['with a trailing comma', '{"model":"echo",}', 'invalid_json'],
    ['HTML', '<html></html>', 'invalid_json'],
    ['10,000 arrays deep', deep('[', ']'), 'nesting_too_deep'],
    ['10,000 objects deep', deep('{"a":', '}'), 'nesting_too_deep'],
    ['not UTF-8', Buffer.from('{"model":"echo","user":"\xff\xfe"}', 'latin1'), 'invalid_encoding'],
  ])('is refused: %s', async (_what, body, code) => {
    expect(await envelopeOf(await post(body))).toMatchObject({ status: 400, code });
  });

  it('is refused when it is not what its headers say', async () => {
    const form = await post('model=echo', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(await envelopeOf(form)).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    const zipped = await post('{"model":"echo"}', { ...json, 'content-encoding': 'gzip' });
    expect(await envelopeOf(zipped)).toMatchObject({ status: 400, code: 'invalid_encoding' });
  });

  it('is refused at 11 MB, whether or not its length is announced', async () => {
    const body = JSON.stringify(ask('echo', 'x'.repeat(11 * 1024 * 1024)));
    expect(await envelopeOf(await post(body))).toMatchObject({ status: 413, code: 'request_too_large' });
    const chunked = await fetch(`${calute().api.url}/v1/chat/completions`, {
      method: 'POST',
      headers: json,
      body: Readable.toWeb(Readable.from([body])) as ReadableStream, // because node's own type differs from fetch's
      duplex: 'half',
    });
    expect(await envelopeOf(chunked)).toMatchObject({ status: 413, code: 'request_too_large' });
  });
});

describe('a request to the wrong place', () => {
  it.each<[string, string, number, string]>([
    ['PATCH', '/v1/chat/completions', 405, 'method_not_allowed'],
    ['DELETE', '/v1/models', 405, 'method_not_allowed'],
    ['GET', '/v1/nothing', 404, 'not_found'],
    ['POST', '/', 404, 'not_found'],
    ['GET', '/v1/chat/completions/chatcmpl-none/stream', 404, 'run_not_found'],
    ['POST', '/v1/chat/completions/chatcmpl-none/cancel', 404, 'run_not_found'],
    ['GET', '/v1/models/%E0%A4%A', 400, 'invalid_request'],
  ])('gets an envelope: %s %s', async (method, path, status, code) => {
    const response = await send(path, { method });
    expect(response.headers.get('allow')).toBe(
      status === 405 ? (method === 'PATCH' ? 'GET, POST' : 'GET') : null,
    );
    expect(await envelopeOf(response)).toMatchObject({ status, code });
  });
});

describe('a request with a bad header', () => {
  it.each([
    ['Idempotency-Key', 'with space'],
    ['X-Request-Deadline-Ms', '-1'],
    ['X-On-Disconnect', 'maybe'],
  ])('gets an envelope that names it: %s', async (name, value) => {
    const response = await post(JSON.stringify(ask('echo')), { ...json, [name]: value });
    expect(await envelopeOf(response)).toEqual({ status: 400, code: 'invalid_header', param: name });
  });
});

describe('a client that breaks off', () => {
  const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n';
  const open = async (text: string) => {
    const socket = connect(Number(new URL(calute().api.url).port), '127.0.0.1');
    await once(socket, 'connect');
    await new Promise((resolve) => socket.write(text, 'latin1', resolve));
    return socket;
  };

  it.each([
    ['in its headers', head],
    ['in a body of known length', `${head}Content-Length: 1000\r\n\r\n{"model":"echo",`],
    ['in a chunked body', `${head}Transfer-Encoding: chunked\r\n\r\n10\r\n{"model":"echo",\r\n`],
    ['in a zipped body', `${head}Content-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n\x1f\x8b\x08`],
  ])('harms nobody: %s', async (_where, text) => {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => open(text)));
    for (const [index, socket] of sockets.entries())
      index % 2 === 0 ? socket.resetAndDestroy() : socket.destroy();
    await Promise.all(sockets.map(async (socket) => socket.closed || once(socket, 'close')));
  });

  it('gets an envelope when what it sends is no HTTP', async () => {
    const socket = await open('NONSENSE\r\n\r\n');
    const text = (await socket.setEncoding('utf8').toArray()).join('');
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({
      error: { code: 'invalid_request' },
    });
  });
});
