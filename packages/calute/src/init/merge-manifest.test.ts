import { expect, test } from 'vitest';
import { mergeManifest } from './merge-manifest.ts';

const facts = { name: 'mine', version: '0.1.0', hasCode: false };

test('a folder without package.json gets one', () => {
  expect(JSON.parse(mergeManifest(undefined, facts))).toMatchObject({
    name: 'mine',
    private: true,
    type: 'module',
    scripts: { dev: 'calute dev' },
    dependencies: { calute: '^0.1.0' },
  });
});

test('what is there stays, but for the test that npm writes for want of one', () => {
  const existing = {
    name: 'theirs',
    type: 'commonjs',
    scripts: { test: 'echo "Error: no test specified" && exit 1', dev: 'own' },
    dependencies: { calute: 'file:calute.tgz', left: '1.0.0' },
  };
  expect(JSON.parse(mergeManifest(JSON.stringify(existing), facts))).toMatchObject({
    name: 'theirs',
    type: 'module',
    scripts: { test: 'node --test "tests/*.test.ts"', dev: 'own' },
    dependencies: { calute: 'file:calute.tgz', left: '1.0.0', zod: expect.any(String) },
  });
});

test('a folder of CommonJS code is left alone, and so is a package.json that is none', () => {
  expect(() => mergeManifest('{}', { ...facts, hasCode: true })).toThrow('name a new folder');
  expect(() => mergeManifest('{', facts)).toThrow('package.json is not one that can be added to');
});
