import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { readPages } from './serve-pages.ts';
import { serveConsole } from './testing/serve-console.ts';

const mostBytes = 80 * 1024;
const pages = readPages();
const all = [pages.page, ...pages.files.values()];

it('takes 80 KB to load at most, all screens and packages in all', () => {
  const bytes = all.reduce((sum, { gzipped }) => sum + gzipped.length, 0);
  expect(bytes).toBeLessThan(mostBytes);
  expect(pages.files.size).toBeGreaterThan(20);
});

it('names in each module only modules that are served', () => {
  const html = pages.page.bytes.toString();
  const map: unknown = JSON.parse(/importmap">(.*)<\/script>/.exec(html)?.[1] ?? '');
  const known = JSON.stringify(map);
  for (const [name, { bytes }] of pages.files) {
    if (!name.endsWith('.js')) continue;
    const imports = [...bytes.toString().matchAll(/\bfrom\s*['"]([^'"]+)['"]/g)].map(([, from = '']) => from);
    for (const from of imports) {
      if (!from.startsWith('.')) expect(known, name).toContain(`"${from}":`);
      else expect([...pages.files.keys()]).toContain(new URL(from, `http://x/${name}`).pathname.slice(1));
    }
  }
  for (const [, url = ''] of html.matchAll(/(?:src|href)="\/console\/assets\/([^"]+)"/g)) {
    expect(pages.files.has(url), url).toBe(true);
  }
});

it('lets nothing inline run but the import map', () => {
  const html = pages.page.bytes.toString();
  const map = /<script type="importmap">([^<]*)<\/script>/.exec(html)?.[1] ?? '';
  expect(pages.policy).toContain(`'sha256-${createHash('sha256').update(map).digest('base64')}'`);
  expect(pages.policy).not.toMatch(/unsafe|\*/);
  expect(html).not.toMatch(/<script(?![^>]*(src=|importmap))|\son\w+=|style=/);
});

it('never makes markup of a text', () => {
  for (const [name, { bytes }] of pages.files) {
    if (name.startsWith('vendor/')) continue;
    expect(bytes.toString(), name).not.toMatch(
      /innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function/,
    );
  }
});

it('answers every screen with the page, under a policy, to whoever asks', async () => {
  const { api, createKey } = await serveConsole();
  await createKey('infer');
  for (const path of ['/console', '/console/', '/console/runs/chatcmpl-x', '/console/nowhere']) {
    const response = await fetch(api.url + path);
    expect([response.status, await response.text()], path).toEqual([200, pages.page.bytes.toString()]);
    expect(response.headers.get('content-security-policy')).toBe(pages.policy);
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  }
  expect((await fetch(`${api.url}/console`, { method: 'POST' })).status).toBe(405);
});

it('sends a file compressed, and not at all to who has it', async () => {
  const { api } = await serveConsole();
  const url = `${api.url}/console/assets/main.js`;
  const response = await fetch(url);
  expect(response.headers.get('content-encoding')).toBe('gzip');
  const main = pages.files.get('main.js');
  expect(await response.text()).toBe(main?.bytes.toString());
  expect(gunzipSync(main?.gzipped ?? '')).toEqual(main?.bytes);
  const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('content-encoding')).toBe(null);
  const etag = response.headers.get('etag') ?? '';
  expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
});

it.each(['nothing.js', '../serve-pages.ts', '%2e%2e/serve-pages.ts', 'console.html'])(
  'has no file %s',
  async (name) => {
    const { api } = await serveConsole();
    expect((await fetch(`${api.url}/console/assets/${name}`)).headers.get('content-type')).not.toContain(
      'javascript',
    );
  },
);
