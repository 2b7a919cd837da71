import { request } from 'node:http';
import type { Scope } from '@calute/core/api-keys/api-key';
import { hashSecret } from '@calute/core/api-keys/secret';
import { describe, expect, it } from 'vitest';
import { readError } from '../../testing/read-error.ts';
import { serveConsole } from '../testing/serve-console.ts';

const signIn = (key: string, origin: string) => ({
  method: 'POST',
  body: JSON.stringify({ key }),
  headers: { 'content-type': 'application/json', origin },
});

/** A console with a key, and the cookie that it was exchanged for. */
async function openSession(...scopes: Scope[]) {
  const opened = await serveConsole();
  const { key, secret } = await opened.createKey(...scopes);
  const response = await opened.ask('session', signIn(secret, opened.api.url));
  const [set = ''] = response.headers.getSetCookie();
  return { ...opened, key, secret, set, headers: { cookie: set.split(';', 1)[0] ?? '' } };
}

describe('while no key exists', () => {
  it('is open to this machine', async () => {
    const { ask, change, accept } = await serveConsole();
    const session = await ask('session');
    expect(session.headers.get('cache-control')).toBe('no-store');
    expect(session.headers.get('content-security-policy')).toContain('sandbox');
    expect(await session.json()).toMatchObject({
      by: 'open',
      tenant: 'local',
      may: { change: true, content: true },
    });
    expect((await change('POST', `runs/${await accept()}/cancel`)).status).toBe(200);
  });

  it.each([
    [{ host: 'evil.example' }, 403],
    [{ host: 'localhost', origin: 'https://evil.example' }, 403],
    [{ host: 'localhost' }, 200],
  ])('answers a request with the headers %j with %i', async (headers, status) => {
    const { api } = await serveConsole();
    expect(await statusOf(api.port, '/console/api/views/workers', headers)).toBe(status);
  });

  it.each([
    ['of another port', 'http://localhost:1'],
    ['of elsewhere', 'https://evil.example'],
    ['of nowhere', 'null'],
  ])('takes no change from a page %s', async (_, origin) => {
    const { change, accept } = await serveConsole();
    const refused = await readError(await change('POST', `runs/${await accept()}/cancel`, { origin }));
    expect([refused.status, refused.code]).toEqual([403, 'origin_not_allowed']);
  });

  it('takes no change from who does not say where it comes from', async () => {
    const { ask, accept } = await serveConsole();
    const refused = await readError(await ask(`runs/${await accept()}/cancel`, { method: 'POST' }));
    expect(refused.code).toBe('origin_not_allowed');
  });
});

describe('once a key exists', () => {
  it('wants one', async () => {
    const { ask, createKey } = await serveConsole();
    await createKey('infer');
    for (const path of ['session', 'views/overview', 'live/overview', 'v1/models']) {
      expect((await readError(await ask(path))).code, path).toBe('invalid_api_key');
    }
  });

  it('exchanges it for a cookie that no script reads and that is no key', async () => {
    const { set, secret, headers, ask, api } = await openSession('viewer');
    expect(set).toMatch(
      /^calute_console=[\w-]{43}; Max-Age=43200; Path=\/console; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    );
    expect(set).not.toContain(secret);
    expect((await ask('views/overview', { headers })).status).toBe(200);
    const token = headers.cookie.split('=')[1] ?? '';
    const asKey = await fetch(`${api.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
    expect(asKey.status).toBe(401);
    expect((await fetch(`${api.url}/v1/models`, { headers })).status).toBe(401);
  });

  it('sends the cookie over TLS alone when it came by TLS', async () => {
    const opened = await serveConsole({ settings: { trustedProxies: ['loopback'] } });
    const { secret } = await opened.createKey('viewer');
    const { headers, ...init } = signIn(secret, 'https://console.example');
    const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'console.example' };
    const response = await opened.ask('session', { ...init, headers: { ...headers, ...proxied } });
    expect(response.headers.getSetCookie()[0]).toMatch(/; Secure/);
  });

  it.each([
    ['a key that is not known', () => 'sk-calute-x', 401, 'invalid_api_key'],
    ['no key', () => '', 400, 'invalid_request'],
  ])('refuses %s', async (_, key, status, code) => {
    const { ask, api, createKey } = await serveConsole();
    await createKey('infer');
    const refused = await readError(await ask('session', signIn(key(), api.url)));
    expect([refused.status, refused.code]).toEqual([status, code]);
  });

  it('refuses a key that may not look, and says which may', async () => {
    const { ask, api, createKey } = await serveConsole();
    const { secret } = await createKey('infer', 'content');
    const refused = await readError(await ask('session', signIn(secret, api.url)));
    expect(refused).toMatchObject({ status: 403, code: 'permission_denied' });
    expect(refused.message).toContain('"viewer" or "admin"');
  });

  it('takes a key in exchange from its own page only', async () => {
    const { ask, createKey } = await serveConsole();
    const { secret } = await createKey('admin');
    const refused = await readError(await ask('session', signIn(secret, 'https://evil.example')));
    expect(refused.code).toBe('origin_not_allowed');
  });

  it('ends a session when its key is revoked, and when it is signed out', async () => {
    const first = await openSession('viewer');
    await first.store.revoke(first.key.id);
    expect((await first.ask('views/overview', { headers: first.headers })).status).toBe(401);
    const second = await openSession('viewer');
    expect((await second.change('DELETE', 'session', second.headers)).status).toBe(200);
    expect((await second.ask('views/overview', { headers: second.headers })).status).toBe(401);
  });

  it('stores no key with a session', async () => {
    const { secret, runs } = await openSession('viewer');
    const [name = ''] = await runs.redis.keys(`${runs.keys.consoleSession('')}*`);
    expect(await runs.redis.hget(name, 'secretHash')).toBe(hashSecret(secret));
  });

  it('takes a key in the header as well, without an origin', async () => {
    const { ask, createKey, accept } = await serveConsole();
    const { secret } = await createKey('admin');
    const headers = { authorization: `Bearer ${secret}` };
    expect((await ask(`runs/${await accept()}/cancel`, { method: 'POST', headers })).status).toBe(200);
  });
});

describe('by scope', () => {
  const changes = [
    ['POST', 'runs/chatcmpl-x/cancel'],
    ['POST', 'runs/chatcmpl-x/again'],
    ['POST', 'dead-letters/chatcmpl-x/retry'],
    ['DELETE', 'dead-letters/chatcmpl-x'],
  ] as const;

  it.each(changes)('lets a viewer not %s %s', async (method, path) => {
    const { change, headers } = await openSession('viewer', 'content', 'infer');
    const refused = await readError(await change(method, path, headers));
    expect([refused.status, refused.code]).toEqual([403, 'permission_denied']);
  });

  it.each(changes)('lets an admin %s %s', async (method, path) => {
    const { change, headers } = await openSession('admin');
    expect((await readError(await change(method, path, headers))).code).toBe('run_not_found');
  });

  it('passes requests of the page on to the API of clients, with the scopes that this wants', async () => {
    const viewer = await openSession('viewer');
    expect((await viewer.ask('v1/models', { headers: viewer.headers })).status).toBe(403);
    const asker = await openSession('viewer', 'infer');
    expect((await asker.ask('v1/models', { headers: asker.headers })).status).toBe(200);
    const foreign = { ...asker.headers, origin: 'https://evil.example' };
    const refused = await asker.ask('v1/chat/completions', { method: 'POST', headers: foreign, body: '{}' });
    expect((await readError(refused)).code).toBe('origin_not_allowed');
  });
});

/** fetch does not let a Host header be chosen. */
function statusOf(port: number, path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
