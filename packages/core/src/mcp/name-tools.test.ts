import { expect, test } from 'vitest';
import { isDeclaredIdempotent, nameTool, nameTools } from './name-tools.ts';

test.each([
  ['files', 'read', 'files__read'],
  ['files', 'fs.read/all', 'files__fs_read_all'],
  ['s', 'ä b', 's____b'],
])('of %s the tool %s is called %s', (server, tool, name) => {
  expect(nameTool(server, tool)).toBe(name);
});

test('a long name is cut to 64 characters, and two long names that begin alike stay apart', () => {
  const first = nameTool('server', `${'x'.repeat(100)}1`);
  const second = nameTool('server', `${'x'.repeat(100)}2`);
  for (const name of [first, second]) expect(name).toMatch(/^server__x+_[0-9a-f]{8}$/);
  expect([first.length, second.length]).toEqual([64, 64]);
  expect(first).not.toBe(second);
  expect(nameTool('server', `${'x'.repeat(100)}1`)).toBe(first);
});

test('two tools that come to the same name are an error that names both', () => {
  expect([...nameTools('s', [{ name: 'a' }, { name: 'b' }]).keys()]).toEqual(['s__a', 's__b']);
  expect(() => nameTools('s', [{ name: 'a.b' }, { name: 'a_b' }])).toThrow(
    expect.objectContaining({
      code: 'agent_failed',
      message: expect.stringMatching(/"a\.b" and "a_b".*"s__a_b"/),
    }),
  );
});

test('what the agent file lists as idempotent is known without the server', () => {
  const servers = {
    s: { url: 'http://127.0.0.1/', idempotent: ['look.up'] },
    t: { url: 'http://127.0.0.1/', idempotent: 'annotated' as const },
  };
  expect(isDeclaredIdempotent(servers, 's__look_up')).toBe(true);
  expect(isDeclaredIdempotent(servers, 's__pay')).toBe(false);
  expect(isDeclaredIdempotent(servers, 't__look_up')).toBe(false);
  expect(isDeclaredIdempotent(undefined, 's__look_up')).toBe(false);
});
