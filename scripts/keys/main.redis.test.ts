import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { hashSecret } from '@calute/core/api-keys/secret';
import { createKeys } from '@calute/core/redis/keys';
import { expect, inject, test } from 'vitest';
import { connectTestRedis } from '../../tests/support/test-redis.ts';

test('a key is made, listed and revoked; the secret stands alone on standard output, once', async () => {
  const run = await useOwnDatabase();
  expect(await run('list')).toEqual({ exitCode: 0, stdout: '', stderr: 'There are no API keys.\n' });

  const created = await run('create', '--name', 'two words', '--rpm', '60', '--group', 'ci');
  expect(created.stdout).toMatch(/^sk-calute-[\w-]{43}\n$/);
  expect(created.stderr).toMatch(
    /^Created key_\w+ \(two words; infer\).*\nFrom now on every request needs a key\.\n$/,
  );
  const id = /key_\w+/.exec(created.stderr)?.[0] ?? '';

  const listed = await run('list');
  expect(listed.stdout).toMatch(
    /^ID +NAME +SCOPES +RPM +TPM +CONCURRENCY +WEIGHT +GROUP +CREATED +REVOKED\n/,
  );
  expect(listed.stdout).toMatch(new RegExp(`\n${id} +two words +infer +60 +- +- +1 +ci +\\S+Z +-\n$`));
  const secret = created.stdout.trim();
  for (const hidden of [secret, hashSecret(secret)]) expect(listed.stdout).not.toContain(hidden);

  expect(await run('revoke', id)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(`Revoked ${id}`),
  });
  expect((await run('revoke', id)).stdout).toContain('nothing to do');
  expect((await run('list')).stdout).toMatch(/Z +\d\S+Z\n$/);

  expect(await run('delete', id)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(new RegExp(`^Deleted ${id}; .*\nNo key is left: `)),
  });
  expect((await run('list')).stderr).toBe('There are no API keys.\n');
});

test('help needs no Redis', async () => {
  expect(await runMain('redis://127.0.0.1:1', ['create', '--help'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^usage: /),
    stderr: '',
  });
});

test('an id that is unknown ends with 1', async () => {
  const run = await useOwnDatabase();
  expect(await run('revoke', 'key_x')).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'No key has the id "key_x"; list shows them all.\n',
  });
});

test('bad arguments end with 1 before anything is connected', async () => {
  const result = await runMain('redis://127.0.0.1:1', ['create']);
  expect(result).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringMatching(/^create needs --name\./),
  });
});

test('a Redis that is away is told in one sentence, without its password', async () => {
  const { exitCode, stderr } = await runMain('redis://:canary@127.0.0.1:1', ['list']);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^The Redis at 127\.0\.0\.1:1 cannot be reached[^\n]*\n$/);
  expect(stderr).not.toContain('canary');
});

/** The command's key names are fixed: a database that no other test uses keeps its keys to itself. */
async function useOwnDatabase() {
  const url = new URL(inject('redisUrl'));
  url.pathname = '/15';
  const { apiKeys, apiKeysByHash, apiKeysDeleted } = createKeys();
  await connectTestRedis(url.href).del(apiKeys, apiKeysByHash, apiKeysDeleted);
  return (...args: string[]) => runMain(url.href, args);
}

function runMain(redisUrl: string, args: string[]) {
  const main = join(import.meta.dirname, 'main.ts');
  const { promise, resolve } = Promise.withResolvers<{ exitCode: unknown; stdout: string; stderr: string }>();
  const options = { env: { ...process.env, REDIS_URL: redisUrl } };
  execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) =>
    resolve({ exitCode: error?.code ?? 0, stdout, stderr }),
  );
  return promise;
}
