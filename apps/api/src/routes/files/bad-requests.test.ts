import { describe, expect, test } from 'vitest';
import { readError } from '../../testing/read-error.ts';
import { identityOf, serveApi } from '../../testing/serve-api.ts';

const serveFiles = () =>
  serveApi({ authenticate: async () => ({ outcome: 'open', identity: identityOf('files') }) });

describe('the body of an upload', () => {
  test.each([
    [{}, 'filename'],
    [{ filename: 'a', purpose: 'batch', bytes: 0, mime_type: 'x' }, 'bytes'],
    [{ filename: 'a', purpose: 'batch', bytes: 1.5, mime_type: 'x' }, 'bytes'],
    [{ filename: 'a', purpose: 'batch', bytes: '1', mime_type: 'x' }, 'bytes'],
    [{ filename: 'a', purpose: 'fun', bytes: 1, mime_type: 'x' }, 'purpose'],
    [{ filename: '', purpose: 'batch', bytes: 1, mime_type: 'x' }, 'filename'],
    [{ filename: 'é'.repeat(200), purpose: 'batch', bytes: 1, mime_type: 'x' }, 'filename'],
    [
      { filename: 'a', purpose: 'batch', bytes: 1, mime_type: 'x', expires_after: { seconds: 1 } },
      'expires_after.anchor',
    ],
  ])('%j is refused', async (body, param) => {
    await using api = await serveFiles();
    const json = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers: json, body: JSON.stringify(body) };
    const refused = await readError(await fetch(`${api.url}/v1/uploads`, init));
    expect(refused).toMatchObject({ status: 400, code: 'invalid_request', param });
  });

  test.each([
    [{ part_ids: [] }, 'part_ids'],
    [{ part_ids: ['x'] }, 'part_ids.0'],
    [{ part_ids: ['part_1'], md5: 'abc' }, 'md5'],
  ])('%j completes none', async (body, param) => {
    await using api = await serveFiles();
    const json = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers: json, body: JSON.stringify(body) };
    const refused = await readError(await fetch(`${api.url}/v1/uploads/upload_1/complete`, init));
    expect(refused).toMatchObject({ status: 400, code: 'invalid_request', param });
  });
});

describe('what asks for a file', () => {
  test.each([
    ['/v1/files/nonsense', 404, 'file_not_found'],
    ['/v1/files/file-%2e%2e%2fetc/content', 404, 'file_not_found'],
    ['/v1/files?limit=0', 400, 'invalid_request'],
    ['/v1/files?limit=10001', 400, 'invalid_request'],
    ['/v1/files?limit=many', 400, 'invalid_request'],
    ['/v1/files?order=random', 400, 'invalid_request'],
    ['/v1/files?after=nonsense', 400, 'invalid_request'],
    ['/v1/files?purpose=fun', 400, 'invalid_request'],
    ['/v1/files?limit=1&limit=2', 400, 'invalid_request'],
  ])('%s is answered with %i', async (path, status, code) => {
    await using api = await serveFiles();
    expect(await readError(await fetch(api.url + path))).toMatchObject({ status, code });
  });
});
