import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { failOnLeaks } from '../../../../tests/support/leaks.ts';
import { CaluteError } from '../errors.ts';
import { createFileId, tenantIdSchema } from '../ids.ts';
import { blobNameSchema, type FileStore } from './store/file-store.ts';
import { openTestFiles, tenant } from './testing/open-test-files.ts';

failOnLeaks();

const other = tenantIdSchema.parse('other');
const hour = 3600;

describe('a file', () => {
  test('has its content and its record, and is charged for', async () => {
    const { make, read, files, usage } = await openTestFiles();
    const made = await make('some text', { filename: 'notes.txt' });
    expect(await files.get(tenant, made.id)).toEqual(made);
    expect(made).toMatchObject({ filename: 'notes.txt', purpose: 'user_data', bytes: 9 });
    expect(await read(made)).toBe('some text');
    expect(await usage()).toEqual({ bytes: 9, reserved: 0, files: 1 });
  });

  test('that is removed leaves nothing in the store, in Redis and on the account', async () => {
    const { make, files, usage, countBlobs, redis, keys } = await openTestFiles();
    const made = await make('text', { purpose: 'batch' });
    await files.remove(tenant, made.id);
    await expect(files.remove(tenant, made.id)).rejects.toMatchObject({ code: 'file_not_found' });
    expect(await usage()).toEqual({ bytes: 0, reserved: 0, files: 0 });
    expect(await countBlobs()).toBe(0);
    const left = (await redis.keys(`${keys.prefix}:*`)).filter((key) => key !== keys.tenantFileUsage(tenant));
    expect(left).toEqual([]);
  });

  test('belongs to its tenant alone', async () => {
    const { make, files } = await openTestFiles();
    const made = await make('text');
    await expect(files.get(other, made.id)).rejects.toMatchObject({ code: 'file_not_found' });
    await expect(files.remove(other, made.id)).rejects.toMatchObject({ code: 'file_not_found' });
    expect(await files.list(other, { order: 'asc', limit: 10 })).toEqual({ files: [], hasMore: false });
    expect(await files.get(tenant, made.id)).toEqual(made);
  });

  test('that is empty is refused', async () => {
    const { make, countBlobs, usage } = await openTestFiles();
    await expect(make('')).rejects.toMatchObject({ code: 'invalid_request', param: 'file' });
    expect([await countBlobs(), (await usage()).reserved]).toEqual([0, 0]);
  });

  test('whose content has gone from the store says so', async () => {
    const { make, read, store, redis, keys } = await openTestFiles();
    const made = await make('text');
    const [blob = ''] = await redis.lrange(keys.fileBlobs(made.id), 0, -1);
    await store.remove([blobNameSchema.parse(blob.split(' ')[1])]);
    await expect(read(made)).rejects.toMatchObject({ code: 'file_lost' });
  });
});

describe('expiry', () => {
  test('hides a file at its second and frees everything with the next sweep', async () => {
    const { make, files, age, sweep, usage, countBlobs } = await openTestFiles();
    const made = await make('text', { expiresAfterS: hour });
    expect(made.expiresAt).toBe(made.createdAt + hour);
    await age(hour * 1000 - 2000);
    await sweep();
    expect(await files.get(tenant, made.id)).toEqual(made);
    await age(2000);
    await expect(files.get(tenant, made.id)).rejects.toMatchObject({ code: 'file_not_found' });
    expect((await files.list(tenant, { order: 'asc', limit: 10 })).files).toEqual([]);
    expect((await usage()).files).toBe(1);
    await sweep();
    expect(await usage()).toEqual({ bytes: 0, reserved: 0, files: 0 });
    expect(await countBlobs()).toBe(0);
  });

  test('is 30 days for the input of a batch, and never for others', async () => {
    const { make } = await openTestFiles();
    const batch = await make('x', { purpose: 'batch' });
    expect(batch.expiresAt).toBe(batch.createdAt + 30 * 24 * hour);
    expect((await make('x')).expiresAt).toBeUndefined();
  });

  test('is carried out by any number of processes at once', async () => {
    const { make, age, sweep, usage, countBlobs } = await openTestFiles();
    for (let count = 0; count < 20; count += 1) await make('text', { expiresAfterS: hour });
    await age(hour * 1000);
    await Promise.all([sweep(), sweep(), sweep()]);
    expect(await usage()).toEqual({ bytes: 0, reserved: 0, files: 0 });
    expect(await countBlobs()).toBe(0);
  });
});

describe('a list', () => {
  test('comes in pages that join, by age, also when the last of a page is deleted meanwhile', async () => {
    const { make, files, clock } = await openTestFiles();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      clock.nowMs += 1;
      ids.push((await make('x')).id);
    }
    for (const order of ['asc', 'desc'] as const) {
      const expected = order === 'asc' ? ids : ids.toReversed();
      const first = await files.list(tenant, { order, limit: 2 });
      expect([first.files.map(({ id }) => id), first.hasMore]).toEqual([expected.slice(0, 2), true]);
      const second = await files.list(tenant, { order, limit: 3, after: first.files[1]?.id });
      expect([second.files.map(({ id }) => id), second.hasMore]).toEqual([expected.slice(2), false]);
    }
    const middle = await files.list(tenant, { order: 'asc', limit: 3 });
    const last = middle.files[2];
    if (last !== undefined) await files.remove(tenant, last.id);
    const rest = await files.list(tenant, { order: 'asc', limit: 3, after: last?.id });
    expect(rest.files.map(({ id }) => id)).toEqual(ids.slice(3));
  });

  test('may be of one purpose, and goes beyond what is read in one step', async () => {
    const { make, files, age, clock } = await openTestFiles({ limits: { quotaFiles: 10_000 } });
    const batch = await make('x', { purpose: 'batch' });
    for (let count = 0; count < 520; count += 1) await make('x', { expiresAfterS: hour });
    clock.nowMs += 10;
    const newest = await make('x');
    const page = await files.list(tenant, { order: 'desc', limit: 10_000 });
    expect([page.files.length, page.hasMore, page.files[0]?.id]).toEqual([522, false, newest.id]);
    expect((await files.list(tenant, { order: 'desc', limit: 9, purpose: 'batch' })).files).toEqual([batch]);
    // Expired ones do not count, though they stand between those that are there.
    await age(hour * 1000);
    const left = await files.list(tenant, { order: 'asc', limit: 2 });
    expect([left.files, left.hasMore]).toEqual([[batch, newest], false]);
  });

  test('may begin behind a file that never was', async () => {
    const { make, files, clock } = await openTestFiles();
    const made = await make('x');
    const after = createFileId(clock.nowMs - 1000);
    expect((await files.list(tenant, { order: 'asc', limit: 5, after })).files).toEqual([made]);
    expect((await files.list(tenant, { order: 'desc', limit: 5, after })).files).toEqual([]);
  });
});

describe('the quota', () => {
  test('counts bytes that are on their way', async () => {
    const { staging, make, stage, usage } = await openTestFiles({ limits: { quotaBytes: 10 } });
    const staged = await stage('12345678');
    await expect(make('123')).rejects.toMatchObject({ code: 'insufficient_quota', status: 429 });
    expect(await usage()).toMatchObject({ reserved: 8 });
    await make('12');
    await staging.discard(staged);
    await make('12345678');
    await expect(make('1')).rejects.toMatchObject({ code: 'insufficient_quota' });
    await expect(make('1', {}, other)).resolves.toMatchObject({ bytes: 1 });
  });

  test('stops a stream of unknown length where it ends', async () => {
    const { staging, make, usage, countBlobs } = await openTestFiles({ limits: { quotaBytes: 100 } });
    await make('x'.repeat(60));
    const source = Readable.from(
      (function* () {
        for (;;) yield Buffer.from('0123456789');
      })(),
    );
    const signal = new AbortController().signal;
    const endless = staging.stage({ tenant, source, maxBytes: 1000, reserveBytes: 1000, signal });
    await expect(endless).rejects.toMatchObject({ code: 'insufficient_quota' });
    expect(await usage()).toEqual({ bytes: 60, reserved: 0, files: 1 });
    expect(await countBlobs()).toBe(1);
  });

  test('is not exceeded by requests that come at once', async () => {
    const { make, usage } = await openTestFiles({ limits: { quotaBytes: 50, quotaFiles: 1000 } });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => make('12345678')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(6);
    expect(await usage()).toEqual({ bytes: 48, reserved: 0, files: 6 });
  });

  test('counts files', async () => {
    const { make, usage } = await openTestFiles({ limits: { quotaFiles: 2 } });
    const outcomes = await Promise.allSettled([make('x'), make('x'), make('x'), make('x')]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    await expect(make('x')).rejects.toMatchObject({ code: 'insufficient_quota' });
    expect(await usage()).toEqual({ bytes: 2, reserved: 0, files: 2 });
  });
});

describe('a process that dies', () => {
  test('while it writes leaves nothing that the sweep does not find', async () => {
    const { stage, age, sweep, usage, countBlobs, make } = await openTestFiles();
    await stage('half an upload');
    await make('kept');
    await sweep();
    expect([await countBlobs(), (await usage()).reserved]).toEqual([2, 14]);
    await age(2 * hour * 1000 + 1000);
    await sweep();
    expect(await usage()).toEqual({ bytes: 4, reserved: 0, files: 1 });
    expect(await countBlobs()).toBe(1);
  });

  test('between the record and the content leaves the content to the sweep', async () => {
    let broken = true;
    const wrapStore = (store: FileStore) => ({
      ...store,
      async remove(names: Parameters<typeof store.remove>[0]) {
        if (broken) throw new CaluteError('file_store_unavailable', 'Away.');
        await store.remove(names);
      },
    });
    const { make, files, sweep, countBlobs, lines } = await openTestFiles({ wrapStore });
    const made = await make('text');
    await files.remove(tenant, made.id);
    await expect(files.get(tenant, made.id)).rejects.toMatchObject({ code: 'file_not_found' });
    await expect(sweep()).rejects.toMatchObject({ code: 'file_store_unavailable' });
    expect(await countBlobs()).toBe(1);
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['files.remove-failed']);
    broken = false;
    await sweep();
    expect(await countBlobs()).toBe(0);
  });

  test('and comes back after its blob was given up gets no file of it', async () => {
    const { stage, files, age, sweep, countBlobs } = await openTestFiles();
    const staged = await stage('late');
    await age(3 * hour * 1000);
    await sweep();
    const late = files.create(staged, { filename: 'a', purpose: 'user_data' });
    await expect(late).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await countBlobs()).toBe(0);
  });
});

test('without Redis every operation says so, and nothing is left in the store', async () => {
  const { stage, files, redis, countBlobs } = await openTestFiles();
  const staged = await stage('text');
  redis.disconnect();
  const id = createFileId(0);
  for (const attempt of [
    () => stage('more'),
    () => files.create(staged, { filename: 'a', purpose: 'user_data' }),
    () => files.get(tenant, id),
    () => files.list(tenant, { order: 'asc', limit: 1 }),
    () => files.remove(tenant, id),
  ]) {
    await expect(attempt()).rejects.toMatchObject({ code: 'store_unavailable' });
  }
  // What was staged stays until a sweep: nobody can tell whether it belongs to a file.
  expect(await countBlobs()).toBe(1);
});
