import { expect, test } from 'vitest';
import { packageOf, shareByPackage } from './profile-by-package.ts';

test('a frame belongs to a package, to a folder of our own, to Node or to the engine', () => {
  expect(packageOf('file:///x/node_modules/@scope/name/lib/a.js', 'f')).toBe('@scope/name');
  expect(packageOf('file:///x/node_modules/a/node_modules/b/c.js', 'f')).toBe('b');
  expect(packageOf('file:///x/packages/core/src/log/follower.ts', 'f')).toBe('packages/core/src/log');
  expect(packageOf('file:///x/apps/api/src/main.ts', 'f')).toBe('apps/api/src');
  expect(packageOf('node:internal/streams/writable', 'f')).toBe('node:internal/streams');
  expect(packageOf('', '(garbage collector)')).toBe('garbage collection');
  expect(packageOf('', 'writev')).toBe('native code of Node and V8');
});

test('idle time counts for nothing', () => {
  const node = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } });
  const profile = {
    nodes: [node(1, '(idle)', ''), node(2, 'f', 'node:net'), node(3, 'g', 'file:///x/node_modules/a/b.js')],
    samples: [1, 2, 3, 2],
    timeDeltas: [1000, 10, 10, 20],
  };
  expect(shareByPackage(profile)).toEqual([
    ['node:net', 0.75],
    ['a', 0.25],
  ]);
});
