import { describe, expect, test } from 'vitest';
import { readError } from './testing/read-error.ts';
import { runId, scriptedCompletions } from './testing/scripted-completions.ts';
import { agent, authenticateBy, directoryOf, serveApi } from './testing/serve-api.ts';

describe('models', () => {
  const agents = directoryOf(agent('echo'), agent('team/écho b'));

  test('are listed', async () => {
    await using api = await serveApi({ agents });
    const page = await api.openai.models.list();
    expect(page.data).toEqual([
      { id: 'echo', object: 'model', created: 1_700_000_000, owned_by: 'calute' },
      { id: 'team/écho b', object: 'model', created: 1_700_000_000, owned_by: 'calute' },
    ]);
  });

  test('are found one by one, with a slash in the id too', async () => {
    await using api = await serveApi({ agents });
    expect((await api.openai.models.retrieve('team/écho b')).id).toBe('team/écho b');
    const response = await fetch(`${api.url}/v1/models/team/%C3%A9cho%20b`);
    expect(await response.json()).toMatchObject({ id: 'team/écho b' });
  });

  test('that do not exist are a 404', async () => {
    await using api = await serveApi({ agents });
    await expect(api.openai.models.retrieve('foo')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });
});

describe('cancel', () => {
  test.each(['cancelled', 'already_ended'] as const)('answers %s', async (status) => {
    await using api = await serveApi({
      completions: scriptedCompletions({ cancelCompletion: async (id) => ({ id, status }) }),
    });
    const response = await fetch(`${api.url}/v1/chat/completions/${runId}/cancel`, { method: 'POST' });
    expect(await response.json()).toEqual({ id: runId, object: 'chat.completion', status });
  });

  test('answers 404 for a run nobody knows', async () => {
    await using api = await serveApi();
    const response = await fetch(`${api.url}/v1/chat/completions/${runId}/cancel`, { method: 'POST' });
    expect([response.status, (await readError(response)).code]).toEqual([404, 'run_not_found']);
  });
});

describe('health', () => {
  test('needs no key', async () => {
    await using api = await serveApi({ authenticate: authenticateBy({}) });
    expect(await (await fetch(`${api.url}/health`)).json()).toEqual({ status: 'ok' });
  });

  test.each<[string, () => Promise<boolean>]>([
    ['does not answer', async () => false],
    ['fails', () => Promise.reject(new Error('refused'))],
  ])('is 503 when Redis %s', async (_name, checkHealth) => {
    await using api = await serveApi({ checkHealth });
    const response = await fetch(`${api.url}/health`);
    expect([response.status, (await readError(response)).code]).toEqual([503, 'store_unavailable']);
  });
});

describe('everything else', () => {
  test.each([
    ['POST', '/', 404, 'not_found'],
    ['GET', '/v1/nothing', 404, 'not_found'],
    ['GET', '/v1', 404, 'not_found'],
    ['POST', '/health', 404, 'not_found'],
    ['GET', '/v1/models/%E0%A4%A', 400, 'invalid_request'],
    ['GET', '/v1/chat/completions/%E0%A4%A/stream', 400, 'invalid_request'],
  ])('%s %s is %i in the envelope', async (method, path, status, code) => {
    await using api = await serveApi();
    const response = await fetch(api.url + path, { method });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(await readError(response)).toEqual({
      status,
      message: expect.any(String),
      type: expect.any(String),
      param: null,
      code,
    });
    expect(api.log).toEqual([]);
  });

  test.each([
    ['GET', '/v1/chat/completions', 'POST'],
    ['DELETE', '/v1/models', 'GET'],
    ['OPTIONS', '/v1/models/echo', 'GET'],
    ['GET', `/v1/chat/completions/${runId}/cancel`, 'POST'],
  ])('%s %s is 405 with what is allowed', async (method, path, allow) => {
    await using api = await serveApi();
    const response = await fetch(api.url + path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect((await readError(response)).code).toBe('method_not_allowed');
  });

  test('tells a stranger nothing of its routes', async () => {
    await using api = await serveApi({ authenticate: authenticateBy({}) });
    for (const path of ['/v1/nothing', '/v1/models', '/v1/chat/completions']) {
      expect((await fetch(api.url + path)).status).toBe(401);
    }
  });

  test.each([
    ['abc_-123', 'abc_-123'],
    ['with space', expect.stringMatching(/^req_/)],
    ['x'.repeat(65), expect.stringMatching(/^req_/)],
  ])('x-request-id %j is answered with %j', async (sent, answered) => {
    await using api = await serveApi();
    const response = await fetch(`${api.url}/v1/models`, { headers: { 'x-request-id': sent } });
    expect(response.headers.get('x-request-id')).toEqual(answered);
  });

  test('says nothing of express and gives no ETag', async () => {
    await using api = await serveApi();
    const { headers } = await fetch(`${api.url}/v1/models`);
    expect([headers.has('x-powered-by'), headers.has('etag')]).toEqual([false, false]);
  });
});
