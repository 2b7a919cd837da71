import { expect, test } from 'vitest';
import { failOnLeaks } from '../../../../../tests/support/leaks.ts';
import { createFileId } from '../../ids.ts';
import type { FileRecord } from '../file-record.ts';
import { openTestFiles, tenant } from '../testing/open-test-files.ts';

failOnLeaks();

async function openGrowing(limits = {}) {
  const opened = await openTestFiles({ limits });
  const { clock, growing, stage } = opened;
  const createdAt = Math.floor(clock.nowMs / 1000);
  const id = createFileId(clock.nowMs);
  const record: FileRecord & { bytes: 0 } = {
    ...{ id, createdAt, filename: 'output.jsonl', purpose: 'batch_output', bytes: 0 },
    expiresAt: createdAt + 3600,
  };
  await growing.begin(tenant, record);
  const append = async (text: string, after: number) =>
    growing.append({ tenant, id }, { after, ...(await stage(text, tenant, 0)) });
  return { ...opened, record, id, append };
}

test('a growing file is there when it is empty and reads as far as it goes', async () => {
  const { files, read, id, record, append, usage } = await openGrowing();
  expect(await files.get(tenant, id)).toEqual(record);
  expect(await read(record)).toBe('');
  expect(await append('one\n', 0)).toEqual({ outcome: 'appended', bytes: 4 });
  const before = await files.get(tenant, id);
  expect(await append('two\n', 4)).toEqual({ outcome: 'appended', bytes: 8 });
  expect(await read(before)).toBe('one\n');
  expect(await read(await files.get(tenant, id))).toBe('one\ntwo\n');
  expect(await files.get(tenant, id)).toEqual({ ...record, bytes: 8 });
  expect(await usage()).toEqual({ bytes: 8, reserved: 0, files: 1 });
});

test('of writers that believe the same length one appends, and the others learn how long it is', async () => {
  const { append, files, read, id } = await openGrowing();
  const outcomes = await Promise.all(['a', 'b', 'c'].map((text) => append(text, 0)));
  expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['appended', 'moved', 'moved']);
  expect(outcomes).toContainEqual({ outcome: 'moved', bytes: 1 });
  expect(await read(await files.get(tenant, id))).toHaveLength(1);
});

test('what is sent twice is there once', async () => {
  const { growing, stage, files, read, id, record, usage } = await openGrowing();
  const content = await stage('text', tenant, 0);
  const twice = [
    await growing.append({ tenant, id }, { after: 0, ...content }),
    await growing.append({ tenant, id }, { after: 0, ...content }),
  ];
  expect(twice).toEqual([1, 2].map(() => ({ outcome: 'appended', bytes: 4 })));
  await growing.begin(tenant, record);
  expect(await read(await files.get(tenant, id))).toBe('text');
  expect(await usage()).toEqual({ bytes: 4, reserved: 0, files: 1 });
});

test('the quota counts it and does not refuse it', async () => {
  const { append, make, usage } = await openGrowing({ quotaBytes: 3 });
  expect(await append('paid for', 0)).toMatchObject({ outcome: 'appended' });
  expect(await usage()).toMatchObject({ bytes: 8 });
  await expect(make('x')).rejects.toMatchObject({ code: 'insufficient_quota' });
});

test('a file that was deleted, or a blob that was given up, takes nothing', async () => {
  const { growing, stage, staging, files, append, id, countBlobs, age, sweep } = await openGrowing();
  const content = await stage('late', tenant, 0);
  await staging.discard(content);
  expect(await growing.append({ tenant, id }, { after: 0, ...content })).toEqual({ outcome: 'given-up' });
  await append('text', 0);
  await files.remove(tenant, id);
  expect(await append('more', 4)).toEqual({ outcome: 'unknown' });
  await age(3 * 3_600_000);
  await sweep();
  expect(await countBlobs()).toBe(0);
});
