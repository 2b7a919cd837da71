import { expect, test } from 'vitest';
import { createBatchId, createFileId, createRunId, createUploadId, tenantIdSchema } from '../ids.ts';
import { createKeys } from './keys.ts';

test('every name starts with the prefix and no two are the same', () => {
  const names = allNames('team-a');
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name.startsWith('team-a:')).toBe(true);
});

test('the default prefix is calute', () => {
  expect(createKeys().live).toBe('calute:live');
});

test('the keys of one tenant cannot be made to collide with those of another', () => {
  const keys = createKeys();
  const tenants = ['a', 'a-live', 'a_b'].map((id) => tenantIdSchema.parse(id));
  const names = tenants.flatMap((tenant) => [keys.tenantLive(tenant), keys.idempotency(tenant, 'live')]);
  expect(new Set(names).size).toBe(6);
  expect(() => tenantIdSchema.parse('a:live')).toThrow();
});

function allNames(prefix: string): string[] {
  const keys = createKeys(prefix);
  const { prefix: _, ...named } = keys;
  const run = createRunId(Date.now());
  const tenant = tenantIdSchema.parse('local');
  return [
    ...Object.values(named).filter((name) => typeof name === 'string'),
    keys.run(run),
    keys.log(run),
    keys.tenantLive(tenant),
    keys.tenantWindow(tenant),
    keys.idempotency(tenant, 'hash'),
    keys.replyChannel('id'),
    keys.controlChannel('id'),
    keys.usage('2026-11-29'),
    keys.consoleSession('hash'),
    keys.tenantFiles(tenant),
    keys.tenantFileIndex(tenant),
    keys.tenantFileIndex(tenant, 'batch'),
    keys.tenantFileUsage(tenant),
    keys.fileBlobs(createFileId(Date.now())),
    keys.upload(createUploadId(Date.now())),
    keys.batch(createBatchId(Date.now())),
    keys.batchOpenLines(createBatchId(Date.now())),
    keys.batchSegments(createBatchId(Date.now())),
    keys.tenantBatchIndex(tenant),
    keys.batchIdempotency(tenant, 'hash'),
  ];
}
