import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = globSync('{apps,bench,packages,scripts}/**/*.{ts,lua}', {
  cwd: root,
  exclude: ['**/node_modules/**', '**/*.test.ts'],
}).map((path) => ({ path, text: withoutComments(readFileSync(join(root, path), 'utf8')) }));

/** BullMQ's keys begin with its prefix, which is made once and then handed on as it is. */
const handedOn =
  /queuePrefix: (string|`\$\{prefix\}:queue`)|(prefix: |\(redis, )(store\.)?keys\.queuePrefix(?=[,)\s])/g;

/** Whoever names a key below it, or asks a class for one or for its connection, reads or writes what is not ours. */
const namesAKey =
  /\bqueuePrefix\b|:queue:|:runs:|\.toKey\(|\bqueueKeys\b|\b(queue|worker|job)\.(keys|client)\b/;

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*(\/\/|--).*$/gm, '');
}

function findNames(text: string): boolean {
  return namesAKey.test(text.replaceAll(handedOn, ''));
}

test('no code and no script of ours names a key of BullMQ', () => {
  expect(sources.length).toBeGreaterThan(300);
  expect(sources.filter(({ text }) => findNames(text)).map(({ path }) => path)).toEqual([]);
});

test('whoever knows BullMQ sends Redis nothing of its own', () => {
  const knowing = sources.filter(({ path }) => path.startsWith('packages/core/src/queue/'));
  expect(knowing.length).toBeGreaterThan(5);
  expect(knowing.filter(({ text }) => /\bredis\.\w+\(/.test(text)).map(({ path }) => path)).toEqual([]);
});

test.each([
  "redis.call('LPUSH', 'calute:queue:runs:wait', id)",
  ['redis.lpush(`$', '{keys.queuePrefix}:runs:wait`, id)'].join(''),
  "redis.del(keys.queuePrefix + ':runs:wait')",
  "redis.del(queue.toKey('wait'))",
  "redis.del(queue.keys['wait'])",
  '(await queue.client).flushdb()',
  "redis.del([keys.queuePrefix, 'runs', 'wait'].join(':'))",
  'const { queuePrefix } = keys;',
])('%s is caught', (text) => {
  expect(findNames(text)).toBe(true);
});

test('handing the prefix to a class of BullMQ is not', () => {
  expect(findNames('new Queue(queueName, { connection: redis, prefix: keys.queuePrefix });')).toBe(false);
});
