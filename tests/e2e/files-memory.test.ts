import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type FormBody, formBody, repeat } from '../support/form-body.ts';
import { prepareCalute, share } from '../support/start-calute.ts';
import type { StartedRole } from '../support/start-role.ts';
import { startS3Server } from '../support/start-s3-server.ts';
import { readMemory, watchMemory } from '../support/watch-memory.ts';

const mebibyte = 1024 * 1024;
const mebibytes = 200;
const mostAboveIdle = 100 * mebibyte;

const calute = share(async () => {
  await using opened = new AsyncDisposableStack();
  const installation = opened.use(await prepareCalute([]));
  const bucketed = opened.use(await prepareCalute([]));
  const s3 = opened.use(await startS3Server());
  const inBucket = {
    FILES_S3_BUCKET: s3.bucket,
    FILES_S3_ENDPOINT: s3.endpoint,
    FILES_S3_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    FILES_S3_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  };
  const [disk, bucket] = await Promise.all([installation.startApi(), bucketed.startApi(inBucket)]);
  const open = opened.move();
  return { disk, bucket, [Symbol.asyncDispose]: () => open.disposeAsync() };
});

describe(`${mebibytes} MiB come and go in flat memory`, () => {
  it.each([
    { place: 'disk', known: true },
    { place: 'disk', known: false },
    { place: 'bucket', known: true },
  ] as const)(
    'by way of a $place, their length known before: $known',
    { timeout: 60_000 },
    async ({ place, known }) => {
      const api = calute()[place];
      const idle = await idleMemory(api);
      const watch = watchMemory(api.process.pid ?? 0);
      const chunk = randomBytes(mebibyte);
      const sent = formBody({
        fields: { purpose: 'batch' },
        content: repeat(chunk, mebibytes),
        ...(known ? { bytes: mebibytes * mebibyte } : {}),
      });
      const made = await send(api, sent);
      expect(made.status).toBe(200);
      const { id, bytes } = (await made.json()) as { id: string; bytes: number }; // because the next lines check it
      expect(bytes).toBe(mebibytes * mebibyte);

      const content = await fetch(`${api.url}/v1/files/${id}/content`);
      const hash = createHash('sha256');
      for await (const piece of content.body ?? []) hash.update(piece);
      const expected = createHash('sha256');
      for (const piece of repeat(chunk, mebibytes)) expected.update(piece);
      expect(hash.digest('hex')).toBe(expected.digest('hex'));

      const grown = (await watch.stop()) - idle;
      expect(grown).toBeLessThan(mostAboveIdle);
      await fetch(`${api.url}/v1/files/${id}`, { method: 'DELETE' });
    },
  );
});

it('one of 201 MiB is no input of a batch: it is refused and not kept', async () => {
  const { disk } = calute();
  const content = repeat(randomBytes(mebibyte), 201);
  const refused = await send(disk, formBody({ content, fields: { purpose: 'batch' } }));
  expect(refused.status).toBe(413);
  expect(await refused.json()).toMatchObject({ error: { code: 'request_too_large', param: 'file' } });
  expect(await (await fetch(`${disk.url}/v1/files`)).json()).toMatchObject({ data: [], has_more: false });
});

function send({ url }: StartedRole, { headers, body }: FormBody): Promise<Response> {
  return fetch(`${url}/v1/files`, {
    method: 'POST',
    headers,
    body: Readable.toWeb(Readable.from(body)) as ReadableStream, // because the two declarations differ
    duplex: 'half',
  });
}

/** After what every first request brings with it. */
async function idleMemory(api: StartedRole): Promise<number> {
  await fetch(`${api.url}/v1/files`);
  return await readMemory(api.process.pid ?? 0);
}
