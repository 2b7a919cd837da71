import { describe, expect, test } from 'vitest';
import { answering, runId } from '../testing/scripted-completions.ts';
import { authenticateBy, chatBody, identityOf, type ServedApi, serveApi } from '../testing/serve-api.ts';

const page = 'https://app.example';
const authenticate = authenticateBy({ right: identityOf('infer') });
const bearer = { authorization: 'Bearer right' };

function preflight(api: ServedApi, origin: string): Promise<Response> {
  return fetch(`${api.url}/v1/chat/completions`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-stainless-lang',
    },
  });
}

test('no page may call while no origin is set', async () => {
  await using api = await serveApi({ ...answering(), authenticate });
  const response = await api.post(chatBody(), { headers: { ...bearer, origin: page } });
  expect(response.headers.has('access-control-allow-origin')).toBe(false);
  const answer = await preflight(api, page);
  expect([answer.status, answer.headers.has('access-control-allow-origin')]).toEqual([401, false]);
});

describe('an origin that is set', () => {
  const settings = { corsOrigins: ['http://localhost:5173', page] };

  test('gets its preflight answered without a key, with what it wants to send', async () => {
    await using api = await serveApi({ ...answering(), authenticate, settings });
    const response = await preflight(api, page);
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-headers': 'authorization,content-type,x-stainless-lang',
      'access-control-allow-methods': expect.stringContaining('POST'),
      'access-control-max-age': '600',
      vary: expect.stringContaining('Origin'),
    });
  });

  test.each([true, false])('may read an answer and its headers, streaming: %s', async (stream) => {
    await using api = await serveApi({ ...answering(), authenticate, settings });
    const response = await api.post(chatBody({ stream }), { headers: { ...bearer, origin: page } });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe(page);
    expect(response.headers.get('access-control-expose-headers')?.split(',')).toEqual(
      expect.arrayContaining([
        'x-request-id',
        'x-calute-run-id',
        'retry-after',
        'x-ratelimit-limit-requests',
      ]),
    );
  });

  test('may read errors too', async () => {
    await using api = await serveApi({ ...answering(), authenticate, settings });
    const refused = await api.post(chatBody(), { headers: { origin: page } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, page]);
    const nowhere = await fetch(`${api.url}/v1/none`, { headers: { ...bearer, origin: page } });
    expect([nowhere.status, nowhere.headers.get('access-control-allow-origin')]).toEqual([404, page]);
  });

  test('says nothing for another one', async () => {
    await using api = await serveApi({ ...answering(), authenticate, settings });
    for (const origin of ['https://evil.example', 'null', 'https://app.example.evil.example']) {
      expect((await preflight(api, origin)).headers.has('access-control-allow-origin')).toBe(false);
    }
  });

  test('does not open the API to pages of elsewhere while no key exists', async () => {
    await using api = await serveApi({ ...answering(), settings });
    const ask = (origin: string) => api.post(chatBody(), { headers: { origin } });
    expect([(await ask(page)).status, (await ask('http://localhost:5173')).status]).toEqual([403, 200]);
  });
});

test('every origin may call when a star is set', async () => {
  await using api = await serveApi({ ...answering(), authenticate, settings: { corsOrigins: ['*'] } });
  const path = `/v1/chat/completions/${runId}/stream`;
  const response = await fetch(api.url + path, { headers: { origin: page } });
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([401, '*']);
});
