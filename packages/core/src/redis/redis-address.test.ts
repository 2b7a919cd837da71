import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { StartError } from '../process/start-error.ts';
import { readRedisAddress } from './redis-address.ts';

const caFile = fileURLToPath(new URL('../../../../tests/support/certificates/ca.crt', import.meta.url));

test.each([
  ['redis://host', { host: 'host', port: 6379, db: 0 }],
  ['redis://host:1/', { host: 'host', port: 1, db: 0 }],
  ['redis://:p%40ss@[::1]:7/3', { host: '::1', port: 7, db: 3, password: 'p@ss' }],
  [
    'rediss://user:a:b@10.0.0.1',
    { host: '10.0.0.1', port: 6379, db: 0, username: 'user', password: 'a:b', tls: {} },
  ],
  [
    'redis-sentinel://user:p@one:1,two/primary/2?sentinelUsername=s&sentinelPassword=t%2Fu',
    {
      sentinels: [
        { host: 'one', port: 1 },
        { host: 'two', port: 26_379 },
      ],
      name: 'primary',
      db: 2,
      username: 'user',
      password: 'p',
      sentinelUsername: 's',
      sentinelPassword: 't/u',
    },
  ],
  ['redis-cluster://user:p@one,two:7', { username: 'user', password: 'p' }],
  ['rediss-cluster://one', { tls: {} }],
  [
    'rediss-sentinel://one/primary',
    {
      sentinels: [{ host: 'one', port: 26_379 }],
      name: 'primary',
      db: 0,
      tls: {},
      sentinelTLS: {},
      enableTLSForSentinelMode: true,
    },
  ],
])('%s is understood', (url, options) => {
  expect(readRedisAddress(url).options).toEqual(options);
});

test.each([
  'host:6379',
  'http://canary@host',
  'redis://',
  'redis://canary:x@host:99999',
  'redis://canary:x@one,two',
  'redis://canary:x@host/name',
  'redis://canary:%zz@host',
  'redis://canary:x@host?db=1',
  'redis-sentinel://canary:x@one:1,two:2',
  'redis-sentinel://canary:x@one/name/1/2',
  'redis-sentinel://canary:x@one,/name',
])('%s is refused with the form that is wanted and without being repeated', (url) => {
  const error = refused(() => readRedisAddress(url));
  expect(error).toBeInstanceOf(StartError);
  expect(error.message).toMatch(/^The Redis URL must look like redis:/);
  expect(error.message).not.toContain('canary');
});

test('certificates are read for TLS only, and a file that cannot be read is told', () => {
  expect(readRedisAddress('rediss://host', caFile).options.tls).toEqual({
    ca: expect.stringMatching(/^-----BEGIN CERTIFICATE/),
  });
  expect(refused(() => readRedisAddress('rediss://host', '/nowhere/ca.pem')).message).toBe(
    'REDIS_CA_FILE cannot be read (ENOENT).',
  );
  expect(refused(() => readRedisAddress('redis://host', caFile)).message).toMatch(/use rediss:/);
});

function refused(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('It was not refused.');
}

test('the nodes of a Cluster are named, and it has no numbered databases', () => {
  const { nodes, at } = readRedisAddress('redis-cluster://u:p@one,two:7/');
  expect(nodes).toEqual([
    { host: 'one', port: 6379 },
    { host: 'two', port: 7 },
  ]);
  expect(at).toBe('one,two:7');
  expect(() => readRedisAddress('redis-cluster://one/1')).toThrow('no numbered databases');
});
