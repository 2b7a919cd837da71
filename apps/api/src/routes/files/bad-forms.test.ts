import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createBlobName } from '@calute/core/files/store/file-store';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FormBodyOptions, formBody } from '../../../../../tests/support/form-body.ts';
import { readError } from '../../testing/read-error.ts';
import { scriptedFiles } from '../../testing/scripted-files.ts';
import { identityOf, type ServedApi, serveApi } from '../../testing/serve-api.ts';

/** Counts what was staged and neither kept nor discarded. */
function countingFiles() {
  const files = scriptedFiles();
  const left = new Set<string>();
  const settled = (name: string) => void left.delete(name);
  return {
    left,
    files: {
      ...files,
      files: {
        ...files.files,
        async create(...[content, file]: Parameters<typeof files.files.create>) {
          settled(content.blob.name);
          return await files.files.create(content, file);
        },
      },
      staging: {
        ...files.staging,
        async stage({ tenant, source }: Parameters<typeof files.staging.stage>[0]) {
          const name = createBlobName();
          left.add(name);
          try {
            return { blob: { tenant, name }, bytes: (await buffer(source)).length };
          } catch (error) {
            settled(name);
            throw error;
          }
        },
        discard: async ({ blob }: Parameters<typeof files.staging.discard>[0]) => settled(blob.name),
      },
    },
  };
}

async function serve() {
  const { files, left } = countingFiles();
  const authenticate = async () => ({ outcome: 'open' as const, identity: identityOf('files') });
  const api = await serveApi({ files, authenticate });
  return { api, left, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

async function wholeForm(options: Partial<FormBodyOptions> = {}) {
  const content = [Buffer.from('{"custom_id":"1"}\n')];
  const { headers, body } = formBody({ fields: { purpose: 'batch' }, content, ...options });
  return { headers, bytes: await buffer(Readable.from(body)) };
}

function post(
  { url }: ServedApi,
  headers: Readonly<Record<string, string>>,
  body: string | NodeJS.NonSharedUint8Array,
): Promise<Response> {
  return fetch(`${url}/v1/files`, { method: 'POST', headers, body });
}

const boundary = (await wholeForm()).headers['content-type'] ?? '';

describe('a form with a fault', () => {
  test.each<[string, Record<string, string>, string, number, string]>([
    ['of another type', { 'content-type': 'application/json' }, '{}', 415, 'unsupported_media_type'],
    [
      'that is compressed',
      { 'content-type': boundary, 'content-encoding': 'gzip' },
      'x',
      415,
      'unsupported_media_type',
    ],
    ['without a boundary', { 'content-type': 'multipart/form-data' }, 'x', 400, 'invalid_multipart'],
    ['that is none', { 'content-type': boundary }, 'no form at all', 400, 'invalid_multipart'],
    ['that is empty', { 'content-type': boundary }, '', 400, 'invalid_multipart'],
  ])('%s is refused', async (_name, headers, body, status, code) => {
    await using served = await serve();
    expect(await readError(await post(served.api, headers, body))).toMatchObject({ status, code });
  });

  test.each<[string, Partial<FormBodyOptions>, string, string | null]>([
    ['in another field', { fileField: 'datei' }, 'invalid_multipart', 'file'],
    ['without a purpose', { fields: {} }, 'invalid_request', 'purpose'],
    ['with an unknown purpose', { fields: { purpose: 'fun' } }, 'invalid_request', 'purpose'],
    ['with the purpose of an output', { fields: { purpose: 'batch_output' } }, 'invalid_request', 'purpose'],
    [
      'that expires too soon',
      { fields: { purpose: 'batch', 'expires_after[anchor]': 'created_at', 'expires_after[seconds]': '10' } },
      'invalid_request',
      'expires_after.seconds',
    ],
    [
      'that expires at no time',
      {
        fields: { purpose: 'batch', 'expires_after[anchor]': 'created_at', 'expires_after[seconds]': 'soon' },
      },
      'invalid_request',
      'expires_after.seconds',
    ],
    [
      'that expires after something else',
      {
        fields: {
          purpose: 'batch',
          'expires_after[anchor]': 'last_active_at',
          'expires_after[seconds]': '3600',
        },
      },
      'invalid_request',
      'expires_after.anchor',
    ],
    [
      'that expires after a text',
      { fields: { purpose: 'batch', expires_after: '1' } },
      'invalid_request',
      'expires_after',
    ],
    ['with a long field', { fields: { purpose: 'x'.repeat(70_000) } }, 'invalid_multipart', null],
    [
      'with many fields',
      { fields: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`f${n}`, ''])) },
      'invalid_multipart',
      null,
    ],
  ])('a file %s is refused and not kept', async (_name, options, code, param) => {
    await using served = await serve();
    const { headers, bytes } = await wholeForm(options);
    expect(await readError(await post(served.api, headers, bytes))).toMatchObject({
      status: 400,
      code,
      param,
    });
    expect(served.left.size).toBe(0);
  });

  test.each([
    ['two files', '; filename="b"', 'file', 'invalid_multipart'],
    ['no filename', '; filename=""', undefined, 'invalid_multipart'],
    ['a text for a file', '', undefined, 'invalid_multipart'],
    ['a filename that is too long', `; filename="${'é'.repeat(130)}"`, undefined, 'invalid_multipart'],
  ])('that has %s is refused and not kept', async (_name, disposition, second, code) => {
    await using served = await serve();
    const part = (more: string) => `--b\r\ncontent-disposition: form-data; name="file"${more}\r\n\r\nx\r\n`;
    const parts = part(disposition) + (second === undefined ? '' : part(disposition));
    const purpose = '--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch\r\n';
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const response = await post(served.api, headers, `${parts}${purpose}--b--\r\n`);
    expect(await readError(response)).toMatchObject({ status: 400, code });
    expect(served.left.size).toBe(0);
  });

  test('that ends anywhere too early is refused and not kept', async () => {
    await using served = await serve();
    const { headers, bytes } = await wholeForm();
    const type = { 'content-type': headers['content-type'] ?? '' };
    // What follows the last boundary's dashes counts for nothing.
    for (let length = 0; length < bytes.length - 2; length += 1) {
      const response = await post(served.api, type, bytes.subarray(0, length));
      expect([length, response.status]).toEqual([length, 400]);
      await response.body?.cancel();
    }
    expect((await post(served.api, type, bytes)).status).toBe(200);
    expect(served.left.size).toBe(0);
  });

  test('of any bytes at all is answered, and nothing is kept of it', async () => {
    await using served = await serve();
    const { headers, bytes } = await wholeForm();
    const type = { 'content-type': headers['content-type'] ?? '' };
    const edit = fc.record({ at: fc.nat({ max: bytes.length }), put: fc.uint8Array({ maxLength: 20 }) });
    await fc.assert(
      fc.asyncProperty(edit, async ({ at, put }) => {
        const body = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + put.length)]);
        const response = await post(served.api, type, body);
        await response.body?.cancel();
        expect([200, 400]).toContain(response.status);
        expect(served.left.size).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});

test('a client that leaves in the middle of its file leaves nothing', async () => {
  await using served = await serve();
  const { headers, bytes } = await wholeForm({ content: [Buffer.alloc(100_000, 'x')] });
  const socket = connect(served.api.port, '127.0.0.1');
  await once(socket, 'connect');
  const head = `POST /v1/files HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${bytes.length}\r\n`;
  socket.write(`${head}content-type: ${headers['content-type']}\r\n\r\n`);
  socket.write(bytes.subarray(0, 50_000));
  while (served.left.size === 0) await new Promise(setImmediate);
  socket.destroy();
  while (served.left.size > 0) await new Promise(setImmediate);
  expect(served.api.log.filter((line) => line['level'] === 'error')).toEqual([]);
});

test('a length that is too large is refused before the file comes', async () => {
  await using served = await serve();
  const { headers, bytes } = await wholeForm({ content: [Buffer.alloc(2_000_000)] });
  const refused = await readError(await post(served.api, headers, bytes));
  expect(refused).toMatchObject({ status: 413, code: 'request_too_large' });
  expect(served.left.size).toBe(0);
});
