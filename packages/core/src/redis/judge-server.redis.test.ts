import { randomBytes } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { connectTestRedis } from '../../../../tests/support/test-redis.ts';
import { judgeAddress, judgeInfo, judgeServer } from './judge-server.ts';

const good = ['redis_version:7.0.15', 'maxmemory:0', 'maxmemory_policy:noeviction', 'aof_enabled:1'];

function judge(...changed: string[]) {
  const names = changed.map((line) => line.split(':', 1)[0]);
  return judgeInfo(
    [...good.filter((line) => !names.includes(line.split(':', 1)[0])), ...changed].join('\r\n'),
  );
}

test('the Redis of the tests is fit', async () => {
  expect(await judgeServer(connectTestRedis())).toEqual({ refusals: [], warnings: [] });
});

test('a Redis that tells nothing of its settings is not judged', async () => {
  const admin = connectTestRedis();
  const user = `user-${randomBytes(4).toString('hex')}`;
  await admin.acl('SETUSER', user, 'on', '>secret', '~*', '+@all', '-info');
  const { host } = new URL(inject('redisUrl'));
  const verdict = await judgeServer(connectTestRedis(`redis://${user}:secret@${host}`));
  await admin.acl('DELUSER', user);
  expect(verdict).toEqual({ refusals: [], warnings: [] });
});

test('an old Redis is refused', () => {
  expect(judge('redis_version:6.2.14').refusals).toEqual([expect.stringContaining('version 7 or later')]);
  expect(judge('redis_version:10.0.1').refusals).toEqual([]);
});

test('a Redis that evicts anything is refused, one that might is warned of', () => {
  const evicts = judge('maxmemory_policy:allkeys-lru', 'maxmemory:1000');
  expect(evicts).toEqual({ refusals: [expect.stringContaining('noeviction')], warnings: [] });
  for (const lines of [
    ['maxmemory_policy:allkeys-lru'],
    ['maxmemory_policy:volatile-ttl', 'maxmemory:1000'],
  ]) {
    expect(judge(...lines)).toEqual({ refusals: [], warnings: [expect.stringContaining('noeviction')] });
  }
});

test('a missing append-only file is warned of', () => {
  expect(judge('aof_enabled:0')).toEqual({
    refusals: [],
    warnings: [expect.stringContaining('appendonly yes')],
  });
});

test('a URL without a password is warned of unless it stays on the machine', () => {
  const warned = (hosts: string[], hasPassword = false) => judgeAddress({ hosts, hasPassword }).length;
  expect([warned(['localhost']), warned(['127.0.0.2', '::1']), warned(['redis'], true)]).toEqual([0, 0, 0]);
  expect([warned(['redis']), warned(['127.0.0.1', '10.0.0.1']), warned(['127x.example'])]).toEqual([1, 1, 1]);
});
