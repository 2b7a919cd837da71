import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { CaluteError } from '@calute/core/errors';
import type { RequestHandler, Response } from 'express';

/** A file of the console, as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
}

/** Everything that a browser loads: the page, and the files that it names. */
export interface Pages {
  readonly page: PageFile;
  readonly files: ReadonlyMap<string, PageFile>;
  readonly policy: string;
}

const folder = new URL('./pages/', import.meta.url);
const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  html: 'text/html; charset=utf-8',
};

/** What scripts call these packages, and the module of each, which browsers take as it is. */
const packages: Readonly<Record<string, string>> = {
  preact: import.meta.resolve('preact'),
  'preact/hooks': import.meta.resolve('preact/hooks'),
  '@preact/signals-core': import.meta.resolve('@preact/signals-core'),
  '@preact/signals': import.meta.resolve('@preact/signals'),
  htm: import.meta.resolve('htm'),
};

const emptyMap = /(<script type="importmap">)[^<]*(<\/script>)/;

/** Reads the console's files. There is no build: pages are modules, and an import map tells where packages are. */
export function readPages(): Pages {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const own = names
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.(js|css|svg)$/.test(name))
    .map((name) => [name, toFile(name, readFileSync(new URL(name, folder)))] as const);
  const vendored = Object.entries(packages).map(
    ([name, url]) => [vendorName(name), toFile('.js', readModule(url))] as const,
  );
  const imports = Object.keys(packages).map((name) => [name, `/console/assets/${vendorName(name)}`]);
  const importMap = JSON.stringify({ imports: Object.fromEntries(imports) });
  const html = readFileSync(new URL('console.html', folder), 'utf8').replace(emptyMap, `$1${importMap}$2`);
  const page = toFile('.html', Buffer.from(html));
  return { page, files: new Map([...own, ...vendored]), policy: createPolicy(importMap) };
}

/** `GET /console/…`: the page, whatever screen the path names; it is the page that knows screens. */
export function sendPage(pages: () => Pages): RequestHandler {
  return (request, response) => {
    const { page, policy } = pages();
    response.setHeader('content-security-policy', policy);
    response.setHeader('x-frame-options', 'DENY');
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    sendFile(page, request.headers, response);
  };
}

/** `GET /console/assets/…`. */
export function sendAsset(pages: () => Pages): RequestHandler<{ name: string[] }> {
  return (request, response) => {
    const file = pages().files.get(request.params.name.join('/'));
    if (!file) throw new CaluteError('not_found', 'The console has no such file.');
    sendFile(file, request.headers, response);
  };
}

function sendFile(
  { type, bytes, gzipped, etag }: PageFile,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  response: Response,
): void {
  response.setHeader('content-type', type);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  // Asked for each time, and answered without the bytes while they are the same.
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('etag', etag);
  response.setHeader('vary', 'accept-encoding');
  if (headers['if-none-match'] === etag) {
    response.status(304).end();
    return;
  }
  const isZipped = /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''));
  if (isZipped) response.setHeader('content-encoding', 'gzip');
  const sent = isZipped ? gzipped : bytes;
  response.setHeader('content-length', sent.length);
  response.end(sent);
}

/** Nothing is loaded from elsewhere, nothing inline is run but the import map, and no text becomes markup. */
function createPolicy(importMap: string): string {
  const hash = createHash('sha256').update(importMap).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function toFile(name: string, bytes: Buffer): PageFile {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  const type = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
  return { type, bytes, gzipped: gzipSync(bytes, { level: 9 }), etag };
}

/** The console does not serve source maps. */
function readModule(url: string): Buffer {
  const source = readFileSync(fileURLToPath(url), 'utf8');
  return Buffer.from(source.replace(/\/\/# sourceMappingURL=.*\s*$/, ''));
}

function vendorName(name: string): string {
  return `vendor/${name.replaceAll('/', '-').replace('@', '')}.js`;
}
