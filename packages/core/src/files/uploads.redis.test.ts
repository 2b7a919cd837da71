import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { failOnLeaks } from '../../../../tests/support/leaks.ts';
import { createPartId, createUploadId, type PartId, tenantIdSchema } from '../ids.ts';
import { openTestFiles, tenant } from './testing/open-test-files.ts';
import type { Upload } from './upload-service.ts';

failOnLeaks();

const other = tenantIdSchema.parse('other');
const hour = 3600;

async function openUploads(options: Parameters<typeof openTestFiles>[0] = {}) {
  const opened = await openTestFiles(options);
  const { uploads, stage } = opened;
  return {
    ...opened,
    begin: (bytes: number, more = {}) =>
      uploads.create(tenant, { filename: 'a', purpose: 'user_data', mimeType: 'text/plain', bytes, ...more }),
    add: async ({ record }: Upload, text: string): Promise<PartId> =>
      (await uploads.addPart(record, await stage(text, tenant, 0))).id,
  };
}

describe('an upload', () => {
  test('becomes a file of the parts that are named, in their order; others go', async () => {
    const { begin, add, uploads, files, read, usage, countBlobs } = await openUploads();
    const upload = await begin(6, { expiresAfterS: hour });
    expect(await usage()).toMatchObject({ reserved: 6, bytes: 0 });
    const [second, first, unused] = [
      await add(upload, 'def'),
      await add(upload, 'abc'),
      await add(upload, 'abc'),
    ];
    const done = await uploads.complete(tenant, upload.record.id, { partIds: [first, second] });
    expect(done).toMatchObject({ status: 'completed', file: { bytes: 6, filename: 'a' } });
    if (done.file === undefined) throw new Error('There is no file.');
    expect(await files.get(tenant, done.file.id)).toEqual(done.file);
    expect(done.file.expiresAt).toBe(done.file.createdAt + hour);
    expect(await read(done.file)).toBe('abcdef');
    expect(await usage()).toEqual({ bytes: 6, reserved: 0, files: 1 });
    expect(unused).not.toBe(first);
    expect(await countBlobs()).toBe(2);
    await files.remove(tenant, done.file.id);
    expect(await countBlobs()).toBe(0);
  });

  test('that is completed gives the same again for the same parts, and nothing for others', async () => {
    const { begin, add, uploads, usage } = await openUploads();
    const upload = await begin(3);
    const partIds = [await add(upload, 'abc')];
    const { id } = upload.record;
    const [one, same] = await Promise.all([
      uploads.complete(tenant, id, { partIds }),
      uploads.complete(tenant, id, { partIds }),
    ]);
    expect(one).toEqual(same);
    expect(await uploads.complete(tenant, id, { partIds })).toEqual(one);
    expect((await usage()).files).toBe(1);
    for (const attempt of [
      () => uploads.complete(tenant, id, { partIds: [createPartId(0)] }),
      () => uploads.getPending(tenant, id),
      () => uploads.cancel(tenant, id),
      () => add(upload, 'x'),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'upload_not_pending', status: 400 });
    }
  });

  test.each([
    ['nothing', (_: readonly PartId[]) => []],
    ['too little', ([a]: readonly PartId[]) => [a]],
    ['too much', ([a, b, c]: readonly PartId[]) => [a, b, c]],
    ['a part twice', ([a]: readonly PartId[]) => [a, a]],
    ['a part of no upload', ([a]: readonly PartId[]) => [a, createPartId(0)]],
  ])('of %s is refused and stays as it is', async (_name, choose) => {
    const { begin, add, uploads, usage } = await openUploads();
    const upload = await begin(6);
    const ids = [await add(upload, 'abc'), await add(upload, 'def'), await add(upload, 'ghi')];
    const partIds = choose(ids).filter((id) => id !== undefined);
    const wrong = uploads.complete(tenant, upload.record.id, { partIds });
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_request', param: 'part_ids' });
    expect(await usage()).toMatchObject({ reserved: 6, bytes: 0 });
    const right = await uploads.complete(tenant, upload.record.id, { partIds: ids.slice(0, 2) });
    expect(right.status).toBe('completed');
  });

  test('is held to its checksum', async () => {
    const { begin, add, uploads } = await openUploads();
    const upload = await begin(6);
    const partIds = [await add(upload, 'abc'), await add(upload, 'def')];
    const md5 = createHash('md5').update('abcdef').digest('hex');
    const { id } = upload.record;
    const wrong = uploads.complete(tenant, id, { partIds: partIds.toReversed(), md5 });
    await expect(wrong).rejects.toMatchObject({ code: 'checksum_mismatch', param: 'md5' });
    const right = await uploads.complete(tenant, id, { partIds, md5: md5.toUpperCase() });
    expect(right.status).toBe('completed');
  });

  test('that is cancelled frees its bytes and its parts; cancelling again changes nothing', async () => {
    const { begin, add, uploads, usage, countBlobs } = await openUploads();
    const upload = await begin(6);
    await add(upload, 'abc');
    const cancelled = await uploads.cancel(tenant, upload.record.id);
    expect(cancelled).toEqual({ record: upload.record, status: 'cancelled', file: undefined });
    expect(await uploads.cancel(tenant, upload.record.id)).toEqual(cancelled);
    expect(await usage()).toMatchObject({ reserved: 0, bytes: 0 });
    expect(await countBlobs()).toBe(0);
    await expect(add(upload, 'x')).rejects.toMatchObject({ code: 'upload_not_pending' });
    expect(await countBlobs()).toBe(0);
  });

  test('that is not completed within an hour is over', async () => {
    const { begin, add, uploads, age, sweep, usage, countBlobs } = await openUploads();
    const upload = await begin(6);
    const partIds = [await add(upload, 'abcdef')];
    const { id } = upload.record;
    await age(hour * 1000);
    for (const attempt of [
      () => uploads.complete(tenant, id, { partIds }),
      () => uploads.getPending(tenant, id),
    ]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'upload_not_pending',
        message: expect.stringContaining('expired'),
      });
    }
    await sweep();
    expect(await usage()).toMatchObject({ reserved: 0, bytes: 0 });
    expect(await countBlobs()).toBe(0);
    await expect(uploads.cancel(tenant, id)).rejects.toMatchObject({ code: 'upload_not_pending' });
  });

  test('of another tenant, or that never was, is not found', async () => {
    const { begin, uploads } = await openUploads();
    const { record } = await begin(6);
    for (const attempt of [
      () => uploads.getPending(other, record.id),
      () => uploads.complete(other, record.id, { partIds: [createPartId(0)] }),
      () => uploads.cancel(other, record.id),
      () => uploads.cancel(tenant, createUploadId(0)),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'upload_not_found', status: 404 });
    }
  });
});

describe('bounds', () => {
  test('of an upload are those of files and of the quota, before a byte is sent', async () => {
    const { begin, make } = await openUploads({ limits: { quotaBytes: 1500 } });
    await expect(begin(1001)).rejects.toMatchObject({ code: 'request_too_large', param: 'bytes' });
    await make('x'.repeat(600));
    await begin(900);
    await expect(begin(1)).rejects.toMatchObject({ code: 'insufficient_quota' });
    await expect(begin(300_000_000, { purpose: 'batch' })).rejects.toMatchObject({
      code: 'request_too_large',
    });
  });

  test('of its parts leave room for one that is sent again', async () => {
    const { begin, add, countBlobs } = await openUploads();
    const upload = await begin(3);
    await add(upload, 'abc');
    await add(upload, 'abc');
    await expect(add(upload, 'a')).rejects.toMatchObject({ code: 'request_too_large', param: 'data' });
    await expect(add(upload, '')).rejects.toMatchObject({ code: 'invalid_request', param: 'data' });
    expect(await countBlobs()).toBe(2);
  });
});
