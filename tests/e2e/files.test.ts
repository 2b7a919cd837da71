import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { createKeyStore } from '../../packages/core/src/api-keys/key-store.ts';
import { createLogger } from '../../packages/core/src/logging/logger.ts';
import { closeRedis, connectRedis } from '../../packages/core/src/redis/connect.ts';
import { createKeys } from '../../packages/core/src/redis/keys.ts';
import { prepareCalute, share } from '../support/start-calute.ts';
import { startS3Server } from '../support/start-s3-server.ts';

const quotaBytes = 40 * 1024 * 1024;

/** Two replicas over one folder, a third over a bucket, and two keys. */
const calute = share(async () => {
  await using opened = new AsyncDisposableStack();
  const installation = opened.use(await prepareCalute([]));
  const bucketed = opened.use(await prepareCalute([]));
  const s3 = opened.use(await startS3Server());
  const [one, other] = await makeKeys(installation.environment);
  const settings = { FILES_QUOTA_BYTES: `${quotaBytes}`, FILES_QUOTA_COUNT: '50' };
  const inBucket = {
    FILES_S3_BUCKET: s3.bucket,
    FILES_S3_ENDPOINT: s3.endpoint,
    FILES_S3_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    FILES_S3_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  };
  const [first, second, third] = await Promise.all([
    installation.startApi(settings),
    installation.startApi(settings),
    bucketed.startApi(inBucket),
  ]);
  const client = (url: string, apiKey: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
  const open = opened.move();
  return {
    folder: installation.environment['FILES_DIR'] ?? '',
    first,
    key: one,
    openai: client(first.url, one),
    replica: client(second.url, one),
    stranger: client(first.url, other),
    bucket: client(third.url, 'none'),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
});

async function makeKeys(environment: Readonly<Record<string, string>>): Promise<[string, string]> {
  const redis = connectRedis(environment['REDIS_URL'] ?? '', 'worker', () => undefined);
  const keys = createKeys(environment['CALUTE_PREFIX']);
  const logger = createLogger({ role: 'test', level: 'silent' });
  const store = createKeyStore({ redis, keys, now: Date.now, logger });
  const one = await store.create({ name: 'one', scopes: ['files'] });
  const other = await store.create({ name: 'other', scopes: ['files'] });
  await closeRedis(redis, 1000);
  return [one.secret, other.secret];
}

const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => `${JSON.stringify({ custom_id: `line-${index}` })}\n`).join('');

describe.each(['openai', 'bucket'] as const)('files of %s', (place) => {
  it('are made, read back at any replica, listed and deleted', async () => {
    const { files } = calute()[place];
    const text = lines(1000);
    const made = await files.create({ file: new File([text], 'żółw 🐢.jsonl'), purpose: 'batch' });
    expect(made).toMatchObject({
      id: expect.stringMatching(/^file-/),
      object: 'file',
      bytes: Buffer.byteLength(text),
      filename: 'żółw 🐢.jsonl',
      purpose: 'batch',
      status: 'processed',
      expires_at: made.created_at + 2_592_000,
    });
    const reader = place === 'openai' ? calute().replica.files : files;
    expect(await reader.retrieve(made.id)).toEqual(made);
    expect(await (await reader.content(made.id)).text()).toBe(text);
    const listed: string[] = [];
    for await (const { id } of reader.list({ purpose: 'batch' })) listed.push(id);
    expect(listed).toContain(made.id);
    expect(await reader.delete(made.id)).toEqual({ id: made.id, object: 'file', deleted: true });
    await expect(files.retrieve(made.id)).rejects.toMatchObject({ status: 404, code: 'file_not_found' });
    await expect(files.content(made.id)).rejects.toThrow(OpenAI.NotFoundError);
    await expect(files.delete(made.id)).rejects.toThrow(OpenAI.NotFoundError);
  });

  it('come in parts too, in the order that is named at the end', async () => {
    const { files, uploads } = calute()[place];
    const bytes = randomBytes(7_000_000);
    const pieces = [
      bytes.subarray(0, 3_000_000),
      bytes.subarray(3_000_000, 6_500_000),
      bytes.subarray(6_500_000),
    ];
    const upload = await uploads.create({
      filename: 'parts.jsonl',
      purpose: 'batch',
      bytes: bytes.length,
      mime_type: 'application/jsonl',
      expires_after: { anchor: 'created_at', seconds: 3600 },
    });
    expect(upload).toMatchObject({
      object: 'upload',
      status: 'pending',
      expires_at: upload.created_at + 3600,
    });
    const parts = await Promise.all(
      pieces
        .toReversed()
        .map((piece) => uploads.parts.create(upload.id, { data: new File([piece], 'part') })),
    );
    const part_ids = parts.toReversed().map(({ id }) => id);
    const md5 = createHash('md5').update(bytes).digest('hex');
    const done = await uploads.complete(upload.id, { part_ids, md5 });
    expect(done).toMatchObject({ status: 'completed', file: { object: 'file', bytes: bytes.length } });
    expect(await uploads.complete(upload.id, { part_ids, md5 })).toEqual(done);
    const id = done.file?.id ?? '';
    expect((await files.retrieve(id)).expires_at).toBe((done.file?.created_at ?? 0) + 3600);
    expect(Buffer.from(await (await files.content(id)).arrayBuffer()).equals(bytes)).toBe(true);
    const across = await files.content(id, { headers: { range: 'bytes=2999990-6500009' } });
    expect(Buffer.from(await across.arrayBuffer()).equals(bytes.subarray(2_999_990, 6_500_010))).toBe(true);
    await files.delete(id);
  });
});

describe('content', () => {
  it('comes in ranges, with the length and a tag', async () => {
    const { files } = calute().openai;
    const { id } = await files.create({ file: new File(['0123456789'], 'digits.txt'), purpose: 'user_data' });
    const get = (headers: Record<string, string>, method = 'GET') =>
      fetch(`${calute().first.url}/v1/files/${id}/content`, {
        method,
        headers: { authorization: `Bearer ${calute().key}`, ...headers },
      });
    const whole = await get({});
    const etag = whole.headers.get('etag') ?? '';
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-length': '10',
      'accept-ranges': 'bytes',
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename=digits.txt',
    });
    expect(await whole.text()).toBe('0123456789');
    const answered: [Record<string, string>, number, string, string | null][] = [
      [{ range: 'bytes=2-4' }, 206, '234', 'bytes 2-4/10'],
      [{ range: 'bytes=8-' }, 206, '89', 'bytes 8-9/10'],
      [{ range: 'bytes=-3' }, 206, '789', 'bytes 7-9/10'],
      [{ range: 'bytes=5-500' }, 206, '56789', 'bytes 5-9/10'],
      [{ range: 'bytes=1-2,5-6' }, 200, '0123456789', null],
      [{ range: 'bytes=1-2,3-4' }, 206, '1234', 'bytes 1-4/10'],
      [{ range: 'lines=1-2' }, 200, '0123456789', null],
      [{ range: 'nonsense' }, 200, '0123456789', null],
      [{ range: 'bytes=2-4', 'if-range': etag }, 206, '234', 'bytes 2-4/10'],
      [{ range: 'bytes=2-4', 'if-range': '"other"' }, 200, '0123456789', null],
    ];
    for (const [headers, status, body, contentRange] of answered) {
      const response = await get(headers);
      const said = [response.status, await response.text(), response.headers.get('content-range')];
      expect([headers, ...said]).toEqual([headers, status, body, contentRange]);
    }
    // Not by fetch, which adds a Cache-Control that asks for the whole.
    expect(await statusOf(id, { 'if-none-match': etag })).toBe(304);
    expect(await statusOf(id, { 'if-none-match': '"other"' })).toBe(200);
    const beyond = await get({ range: 'bytes=10-' });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    expect(await beyond.json()).toMatchObject({ error: { code: 'range_not_satisfiable' } });
    const head = await get({ range: 'bytes=2-4' }, 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([206, '3', '']);
    await files.delete(id);
  });
});

async function statusOf(id: string, headers: Record<string, string>): Promise<number | undefined> {
  const url = `${calute().first.url}/v1/files/${id}/content`;
  const asking = request(url, { headers: { authorization: `Bearer ${calute().key}`, ...headers } }).end();
  const [response]: IncomingMessage[] = await once(asking, 'response');
  response?.resume();
  return response?.statusCode;
}

describe('a tenant', () => {
  it('has its files for itself', async () => {
    const { openai, stranger } = calute();
    const { id } = await openai.files.create({ file: new File(['mine'], 'a.txt'), purpose: 'user_data' });
    const upload = await openai.uploads.create({
      filename: 'a',
      purpose: 'user_data',
      bytes: 4,
      mime_type: 'text/plain',
    });
    const part = { data: new File(['mine'], 'part') };
    const attempts = [
      () => stranger.files.retrieve(id),
      () => stranger.files.content(id),
      () => stranger.files.delete(id),
      () => stranger.uploads.parts.create(upload.id, part),
      () => stranger.uploads.complete(upload.id, { part_ids: ['part_1'] }),
      () => stranger.uploads.cancel(upload.id),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow(OpenAI.NotFoundError);
    expect((await stranger.files.list()).data).toEqual([]);
    await openai.uploads.cancel(upload.id);
    await openai.files.delete(id);
  });

  it('keeps no more than its quota, and what was refused leaves nothing behind', async () => {
    const { stranger, folder } = calute();
    const before = await countBlobs(folder);
    const half = new File([randomBytes(quotaBytes / 2)], 'half');
    const [first, second] = [
      await stranger.files.create({ file: half, purpose: 'user_data' }),
      await stranger.files.create({ file: half, purpose: 'user_data' }),
    ];
    const more = stranger.files.create({ file: new File(['x'], 'more'), purpose: 'user_data' });
    await expect(more).rejects.toMatchObject({ status: 429, code: 'insufficient_quota' });
    const upload = stranger.uploads.create({
      filename: 'a',
      purpose: 'user_data',
      bytes: 1,
      mime_type: 'text/plain',
    });
    await expect(upload).rejects.toMatchObject({ status: 429, code: 'insufficient_quota' });
    await stranger.files.delete(first.id);
    const over = new File([randomBytes(quotaBytes / 2 + 1)], 'over');
    await expect(stranger.files.create({ file: over, purpose: 'user_data' })).rejects.toMatchObject({
      code: 'insufficient_quota',
    });
    const again = await stranger.files.create({ file: half, purpose: 'user_data' });
    await Promise.all([second.id, again.id].map((id) => stranger.files.delete(id)));
    expect(await countBlobs(folder)).toBe(before);
  });
});

/** Those being written included. */
async function countBlobs(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name !== 'store-id').length;
}
