import { request } from 'node:http';
import { CaluteError } from '@calute/core/errors';
import { expect, test } from 'vitest';
import { readError } from '../testing/read-error.ts';
import { agent, authenticateBy, directoryOf, serveApi } from '../testing/serve-api.ts';

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('programs are told what this is and what to try', async () => {
  await using api = await serveApi({ agents: directoryOf(agent('desk'), agent('echo')) });
  const response = await fetch(api.url);
  expect([response.status, response.headers.get('vary')]).toEqual([200, 'accept']);
  expect(await response.json()).toMatchObject({
    name: 'calute',
    base_url: `${api.url}/v1`,
    models: ['desk', 'echo'],
    needs_key: false,
    try: expect.stringMatching(
      new RegExp(`^curl ${api.url}/v1/chat/completions -H .*"model":"echo".*"Hello"`),
    ),
  });
});

test('browsers get the same as a page that loads nothing', async () => {
  await using api = await serveApi({ agents: directoryOf(agent('<b>')) });
  const response = await fetch(api.url, { headers: browser });
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  const page = await response.text();
  expect(page).toContain(`curl ${api.url}/v1/chat/completions`);
  expect(page).toContain('&lt;b&gt;');
  expect(page).not.toMatch(/<b>|<script/);
});

test('whoever needs a key is told so, and no agent', async () => {
  await using api = await serveApi({
    authenticate: authenticateBy({}),
    agents: directoryOf(agent('secret')),
  });
  for (const headers of [{}, browser]) {
    const text = await (await fetch(api.url, { headers })).text();
    expect(text).not.toContain('secret');
    expect(text).toMatch(/authorization: Bearer \$CALUTE_API_KEY/);
  }
});

test('it answers while the store is away', async () => {
  const authenticate = () => Promise.reject(new CaluteError('store_unavailable', 'down'));
  await using api = await serveApi({ authenticate });
  expect(await (await fetch(api.url)).json()).toMatchObject({ needs_key: true });
});

test('a Host header that is no name is not repeated', async () => {
  await using api = await serveApi();
  const body = await new Promise<string>((resolve, reject) => {
    const asked = request(api.url, { headers: { host: `"><script>` } }, async (response) => {
      resolve(Buffer.concat(await Array.fromAsync(response)).toString());
    });
    asked.once('error', reject).end();
  });
  expect(body).toContain(`127.0.0.1:${api.port}/v1`);
  expect(body).not.toContain('script');
});

test('a path without /v1 is a 404 that says to add it, also without a key', async () => {
  await using api = await serveApi({ authenticate: authenticateBy({}) });
  const response = await fetch(`${api.url}/chat/completions`, { method: 'POST', body: '{}' });
  expect(response.status).toBe(404);
  expect((await readError(response)).message).toContain('did you mean /v1/chat/completions?');
});
