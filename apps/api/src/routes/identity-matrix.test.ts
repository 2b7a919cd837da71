import { request } from 'node:http';
import { createPartId } from '@calute/core/ids';
import type { Express } from 'express';
import { describe, expect, test } from 'vitest';
import { createApp } from '../create-app.ts';
import { readError } from '../testing/read-error.ts';
import { batch } from '../testing/scripted-batches.ts';
import {
  batchesOf,
  completionOf,
  eventsOf,
  runId,
  scriptedCompletions,
} from '../testing/scripted-completions.ts';
import { fileRecord, upload } from '../testing/scripted-files.ts';
import { conversation, responseId } from '../testing/scripted-responses.ts';
import { authenticateBy, chatBody, identityOf, type ServedApi, serveApi } from '../testing/serve-api.ts';

const completions = scriptedCompletions({
  createCompletion: async () => completionOf('hi'),
  followStreamingCompletion: () => batchesOf(eventsOf('hi')),
  cancelCompletion: async (id) => ({ id, status: 'cancelled' }),
});
const authenticate = authenticateBy({
  right: identityOf('infer', 'files', 'batches'),
  lesser: identityOf('admin'),
});

interface Entry {
  readonly url: string;
  readonly body?: object;
}

/** A form with a file. */
const form = (name: string) => {
  const fields = new FormData();
  fields.set('purpose', 'batch');
  fields.set(name, new File(['hello'], 'lines.jsonl'));
  return fields;
};

/** A request to every route that its owner may make. */
const entries: Readonly<Record<string, Entry>> = {
  'post /v1/chat/completions': { url: '/v1/chat/completions', body: chatBody() },
  'get /v1/chat/completions': { url: '/v1/chat/completions' },
  'get /v1/chat/completions/:id': { url: `/v1/chat/completions/${runId}` },
  'post /v1/chat/completions/:id': { url: `/v1/chat/completions/${runId}`, body: { metadata: {} } },
  'delete /v1/chat/completions/:id': { url: `/v1/chat/completions/${runId}` },
  'get /v1/chat/completions/:id/messages': { url: `/v1/chat/completions/${runId}/messages` },
  'post /v1/completions': { url: '/v1/completions', body: { model: 'echo', prompt: 'hi' } },
  'post /v1/embeddings': { url: '/v1/embeddings', body: { model: 'echo', input: 'hi' } },
  'post /v1/responses': { url: '/v1/responses', body: { model: 'echo', input: 'hi' } },
  'get /v1/responses/:id': { url: `/v1/responses/${responseId}` },
  'delete /v1/responses/:id': { url: `/v1/responses/${responseId}` },
  'post /v1/responses/:id/cancel': { url: `/v1/responses/${responseId}/cancel` },
  'get /v1/responses/:id/input_items': { url: `/v1/responses/${responseId}/input_items` },
  'post /v1/conversations': { url: '/v1/conversations', body: {} },
  'get /v1/conversations/:id': { url: `/v1/conversations/${conversation.id}` },
  'post /v1/conversations/:id': { url: `/v1/conversations/${conversation.id}`, body: { metadata: {} } },
  'delete /v1/conversations/:id': { url: `/v1/conversations/${conversation.id}` },
  'get /v1/conversations/:id/items': { url: `/v1/conversations/${conversation.id}/items` },
  'post /v1/conversations/:id/items': {
    url: `/v1/conversations/${conversation.id}/items`,
    body: { items: [{ role: 'user', content: 'hi' }] },
  },
  'get /v1/conversations/:id/items/:itemId': { url: `/v1/conversations/${conversation.id}/items/msg_1` },
  'delete /v1/conversations/:id/items/:itemId': { url: `/v1/conversations/${conversation.id}/items/msg_1` },
  'get /v1/chat/completions/:id/stream': { url: `/v1/chat/completions/${runId}/stream` },
  'post /v1/chat/completions/:id/cancel': { url: `/v1/chat/completions/${runId}/cancel` },
  'get /v1/models': { url: '/v1/models' },
  'get /v1/files': { url: '/v1/files' },
  'post /v1/files': { url: '/v1/files', body: form('file') },
  'get /v1/files/:id': { url: `/v1/files/${fileRecord.id}` },
  'delete /v1/files/:id': { url: `/v1/files/${fileRecord.id}` },
  'get /v1/files/:id/content': { url: `/v1/files/${fileRecord.id}/content` },
  'post /v1/uploads': {
    url: '/v1/uploads',
    body: { filename: 'lines.jsonl', purpose: 'batch', bytes: 5, mime_type: 'application/jsonl' },
  },
  'post /v1/uploads/:id/parts': { url: `/v1/uploads/${upload.record.id}/parts`, body: form('data') },
  'post /v1/uploads/:id/complete': {
    url: `/v1/uploads/${upload.record.id}/complete`,
    body: { part_ids: [createPartId(0)] },
  },
  'post /v1/uploads/:id/cancel': { url: `/v1/uploads/${upload.record.id}/cancel` },
  'get /v1/batches': { url: '/v1/batches' },
  'post /v1/batches': {
    url: '/v1/batches',
    body: {
      input_file_id: fileRecord.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    },
  },
  'get /v1/batches/:id': { url: `/v1/batches/${batch.record.id}` },
  'post /v1/batches/:id/cancel': { url: `/v1/batches/${batch.record.id}/cancel` },
  'post /v1/batches/:id/retry': { url: `/v1/batches/${batch.record.id}/retry` },
  'get /v1/batches/:id/results': { url: `/v1/batches/${batch.record.id}/results` },
  'get /v1/models/*id': { url: '/v1/models/echo' },
};

const identities = [
  { who: 'nobody', headers: {}, status: 401, code: 'invalid_api_key' },
  { who: 'a wrong key', headers: { authorization: 'Bearer wrong' }, status: 401, code: 'invalid_api_key' },
  { who: 'another scheme', headers: { authorization: 'Basic right' }, status: 401, code: 'invalid_api_key' },
  {
    who: 'a key without the scope',
    headers: { authorization: 'Bearer lesser' },
    status: 403,
    code: 'permission_denied',
  },
  { who: 'the right key', headers: { authorization: 'Bearer right' }, status: 200, code: undefined },
];

/** The routes of the app, as Express keeps them. */
function listRoutes(app: Express): string[] {
  // because the types leave out what Express keeps
  const { stack } = app.router as unknown as { readonly stack: readonly Layer[] };
  const routes = listLayers(stack).map((layer) => layer.route);
  return routes.flatMap((route) => {
    const methods = route?.stack.map(({ method }) => method) ?? [];
    return [...new Set(methods)]
      .filter((method) => method !== undefined)
      .map((method) => `${method} ${route?.path}`);
  });
}

interface Layer {
  readonly route?: { readonly path: string; readonly stack: readonly { readonly method?: string }[] };
  readonly handle: object;
}

/** Those of routers within it too. */
function listLayers(stack: readonly Layer[]): Layer[] {
  return stack.flatMap((layer) => {
    const inner: unknown = Reflect.get(layer.handle, 'stack');
    return Array.isArray(inner) ? listLayers(inner) : [layer];
  });
}

test('every route below /v1 has an entry in the matrix', async () => {
  await using api = await serveApi();
  const routes = listRoutes(createApp(api.parts)).filter((route) => route.includes(' /v1'));
  expect(routes.toSorted()).toEqual(Object.keys(entries).toSorted());
});

test.each(Object.values(entries))('$url takes no other method', async ({ url }) => {
  await using api = await serveApi({ completions });
  const response = await fetch(api.url + url, { method: 'PATCH' });
  expect([response.status, response.headers.get('allow')]).toEqual([
    405,
    expect.stringMatching(/^(GET|POST|GET, POST|GET, DELETE|GET, POST, DELETE)$/),
  ]);
});

describe.each(Object.entries(entries))('%s', (route, { url, body }) => {
  test.each(identities)('answers $status to $who', async ({ headers, status, code }) => {
    await using api = await serveApi({ completions, authenticate });
    const method = route.split(' ')[0]?.toUpperCase() ?? '';
    const sent = body === undefined ? null : body instanceof FormData ? body : JSON.stringify(body);
    const json = sent instanceof FormData ? {} : { 'content-type': 'application/json' };
    const response = await fetch(api.url + url, { method, body: sent, headers: { ...json, ...headers } });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    if (code !== undefined) expect((await readError(response)).code).toBe(code);
  });
});

test('a refusal says how to make a key', async () => {
  await using api = await serveApi({ authenticate });
  const response = await fetch(`${api.url}/v1/models`);
  expect(response.headers.get('www-authenticate')).toBe('Bearer');
  expect((await readError(response)).message).toContain('npm run keys -- create');
});

describe('while no key exists', () => {
  test.each([
    [{ host: 'localhost:8080' }, 200],
    [{ host: '127.0.0.1' }, 200],
    [{ host: '[::1]:80' }, 200],
    [{ host: 'localhost', origin: 'http://localhost:5173' }, 200],
    [{ host: 'evil.example' }, 403],
    [{ host: 'localhost.evil.example' }, 403],
    [{ host: 'localhost', origin: 'https://evil.example' }, 403],
    [{ host: 'localhost', origin: 'http://localhost.evil.example' }, 403],
    [{ host: 'localhost', origin: 'null' }, 403],
  ])('headers %j are answered with %i', async (headers, status) => {
    await using api = await serveApi();
    expect(await statusOf(api, headers)).toBe(status);
  });
});

describe('behind a proxy on this machine, while no key exists', () => {
  const headers = { host: 'localhost', 'x-forwarded-for': '203.0.113.7' };

  test('a client of elsewhere is refused when the proxy is trusted', async () => {
    await using api = await serveApi({ settings: { trustedProxies: ['loopback'] } });
    expect(await statusOf(api, headers)).toBe(403);
    expect(await statusOf(api, { ...headers, 'x-forwarded-for': '127.0.0.1' })).toBe(200);
  });

  test('what is forwarded counts for nothing when it is not', async () => {
    await using api = await serveApi();
    expect(await statusOf(api, headers)).toBe(200);
  });
});

/** fetch does not let a Host header be chosen. */
function statusOf(api: ServedApi, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ port: api.port, host: '127.0.0.1', path: '/v1/models', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
