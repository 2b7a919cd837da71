import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = globSync('{apps,bench,packages,scripts}/**/*.{ts,lua}', {
  cwd: root,
  exclude: ['**/node_modules/**', '**/*.test.ts'],
}).map((path) => ({ path, text: withoutComments(readFileSync(join(root, path), 'utf8')) }));

/** BullMQ's keys begin with its prefix: whoever names a key below it, or asks a class for one, reads or writes what is not ours. */
const namesAKey = [
  /queuePrefix\s*\+|\$\{[\w.]*queuePrefix\}/,
  /:queue:|:runs:(wait|active|meta|marker|events|delayed|failed)/,
  /\.toKey\(|\bqueueKeys\b/,
];

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*(\/\/|--).*$/gm, '');
}

function findNames(text: string): boolean {
  return namesAKey.some((pattern) => pattern.test(text));
}

test('no code and no script of ours names a key of BullMQ', () => {
  expect(sources.length).toBeGreaterThan(300);
  expect(sources.filter(({ text }) => findNames(text)).map(({ path }) => path)).toEqual([]);
});

test.each([
  "redis.call('LPUSH', 'calute:queue:runs:wait', id)",
  ['redis.lpush(`$', '{keys.queuePrefix}:runs:wait`, id)'].join(''),
  "redis.del(keys.queuePrefix + ':runs:wait')",
  "redis.del(queue.toKey('wait'))",
])('%s is caught', (text) => {
  expect(findNames(text)).toBe(true);
});

test('handing the prefix to a class of BullMQ is not', () => {
  expect(findNames('new Queue(queueName, { connection: redis, prefix: keys.queuePrefix });')).toBe(false);
});
