import { globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { findFileFaults } from './file-rules.ts';
import { findCycles } from './find-cycles.ts';
import { findLayerViolations, floors } from './layer-rules.ts';
import { readProject, sourceFolders } from './read-project.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const project = await readProject(root);

test('every source file on disk is read, in every folder', () => {
  const onDisk = globSync('{agents,apps,bench,packages,scripts,tests}/**/*.{ts,mjs,js}', {
    cwd: root,
    exclude: ['**/node_modules/**'],
  });
  expect(project.map(({ path }) => path).toSorted()).toEqual(onDisk.toSorted());
  for (const folder of sourceFolders) {
    expect(
      project.filter(({ path }) => path.startsWith(`${folder}/`)),
      folder,
    ).not.toHaveLength(0);
  }
});

test('imports are followed: core reaches itself, and the roles reach core', () => {
  for (const [from, to] of [
    ['packages/core/', 'packages/core/'],
    ['apps/api/', 'packages/core/'],
    ['apps/worker/', 'packages/core/'],
  ] as const) {
    const targets = project.filter(({ path }) => path.startsWith(from)).flatMap(({ imports }) => imports);
    expect(targets.some((target) => target.kind === 'file' && target.path.startsWith(to))).toBe(true);
  }
});

test('no import breaks the layer table', () => {
  expect(findLayerViolations(project)).toEqual([]);
});

test("core's root holds its floors and nothing else", () => {
  const names = globSync('*', { cwd: join(root, 'packages/core/src') });
  expect(names.filter((name) => !name.endsWith('.test.ts')).toSorted()).toEqual(floors.toSorted());
});

test('Lua is read by the folder in which it lies', () => {
  const elsewhere = project.filter(({ path }) =>
    /['"`]\.\.\/\S*\.lua['"`]/.test(readFileSync(join(root, path), 'utf8')),
  );
  expect(elsewhere.map(({ path }) => path)).toEqual([]);
});

test('no import closes a cycle, not even one of types', () => {
  expect(findCycles(project)).toEqual([]);
});

test('no file is too long, badly named or writes to the console', () => {
  expect(findFileFaults(project)).toEqual([]);
});

test.each([
  [
    'apps/api/src/a.ts',
    "import '../../worker/src/b.ts';",
    'apps/worker/src/b.ts',
    'api may not import worker',
  ],
  [
    'apps/worker/src/b.ts',
    "export * from '@calute/api/a';",
    'apps/api/src/a.ts',
    'worker may not import api',
  ],
  [
    'packages/core/src/loop/c.ts',
    "import type { A } from '../../../../apps/api/src/a.ts';",
    'apps/api/src/a.ts',
    'core may not import api',
  ],
  [
    'packages/core/src/loop/c.ts',
    "type A = import('../../../../apps/api/src/a.ts').A;",
    'apps/api/src/a.ts',
    'core may not import api',
  ],
  ['scripts/e.ts', "import '../bench/g.ts';", 'bench/g.ts', 'scripts may not import bench'],
  ['agents/d.ts', "await import('../scripts/e.ts');", 'scripts/e.ts', 'agents may not import scripts'],
  [
    'packages/core/src/loop/c.ts',
    "import '../../../../tests/f.ts';",
    'tests/f.ts',
    'core may not import tests',
  ],
  ['apps/api/src/a.ts', "import './gone.ts';", undefined, 'no such file'],
  ['apps/worker/src/b.ts', "import express from 'express';", undefined, 'express may only'],
  ['packages/core/src/redis/c.ts', "import { Queue } from 'bullmq';", undefined, 'bullmq may only'],
  ['apps/api/src/a.ts', "import type { Redis } from 'ioredis';", undefined, 'ioredis may only'],
  [
    'apps/worker/src/b.ts',
    "import { Client } from '@modelcontextprotocol/sdk/client/index.js';",
    undefined,
    '@modelcontextprotocol/sdk may only',
  ],
  [
    'packages/core/src/loop/c.ts',
    "import '../queue/d.ts';",
    'packages/core/src/queue/d.ts',
    'core/loop may not import core/queue, which stands above it',
  ],
  [
    'packages/core/src/run-store/c.ts',
    "import type { A } from '../protocol/d.ts';",
    'packages/core/src/protocol/d.ts',
    'core/run-store may not import core/protocol, which stands above it',
  ],
  [
    'packages/core/src/loop/c.test.ts',
    "import '../protocol/d.ts';",
    'packages/core/src/protocol/d.ts',
    'core/loop may not import core/protocol, which stands above it',
  ],
  [
    'apps/worker/src/b.ts',
    "import type { A } from '@calute/core/protocol/d';",
    'packages/core/src/protocol/d.ts',
    'worker may not import wire format',
  ],
  [
    'agents/d.ts',
    "import '@calute/core/protocol/d';",
    'packages/core/src/protocol/d.ts',
    'agents may not import wire format',
  ],
  ['packages/core/src/loose.ts', 'export const a = 1;', undefined, 'core has no floor loose.ts'],
  ['packages/core/src/agent.ts', 'export const a = 1;', undefined, 'core has no floor agent.ts'],
  ['packages/core/src/novel/c.ts', 'export const a = 1;', undefined, 'core has no floor novel'],
  ['packages/core/src/loop/c.ts', "import { watch } from 'chokidar';", undefined, 'chokidar may only'],
  ['packages/core/src/loop/c.ts', "import { test } from 'vitest';", undefined, 'vitest is for tests'],
])('in %s, %s is caught', async (path, text, target, rule) => {
  const planted = await plant({ [path]: text, ...(target === undefined ? {} : { [target]: '' }) });
  expect(findLayerViolations(planted)).toEqual([expect.stringContaining(rule)]);
});

test('what the table allows is not caught', async () => {
  const planted = await plant({
    'packages/core/src/queue/c.ts': "import { Queue } from 'bullmq';\nimport { Redis } from 'ioredis';",
    'packages/core/src/loop/c.test.ts': "import { test } from 'vitest';\nimport '../../../../tests/f.ts';",
    'packages/core/src/protocol/d.ts': "import '../runs/e.ts';",
    'packages/core/src/runs/e.ts': '',
    'packages/core/src/completions/f.ts': "import '../protocol/d.ts';",
    'apps/api/src/a.ts':
      "import '@calute/core/queue/c';\nimport '@calute/core/protocol/d';\nimport express from 'express';\nimport 'node:fs';",
    'tests/f.ts': "import '../scripts/e.ts';",
    'scripts/e.ts': "import '@calute/core/queue/c';\nconsole.log('');",
  });
  expect(findLayerViolations(planted)).toEqual([]);
  expect(findFileFaults(planted)).toEqual([]);
});

test('a cycle is caught, also one of types and one of three files', async () => {
  const planted = await plant({
    'packages/core/src/a.ts': "import type { B } from './b.ts';\nexport type A = 1;",
    'packages/core/src/b.ts': "import type { C } from '@calute/core/c';",
    'packages/core/src/c.ts': "import type { A } from './a.ts';",
    'packages/core/src/d.ts': "import './a.ts';",
  });
  expect(findCycles(planted)).toEqual([
    'packages/core/src/a.ts -> packages/core/src/b.ts -> packages/core/src/c.ts -> packages/core/src/a.ts',
  ]);
});

test('a long file, an empty name and a console are caught', async () => {
  const planted = await plant({
    'packages/core/src/long.ts': 'let a;\n'.repeat(251),
    'packages/core/src/utils.ts': '',
    'packages/core/src/helpers/x.ts': '',
    'apps/api/src/index.test.ts': '',
    'apps/api/src/a.ts': "console.log('');",
  });
  expect(findFileFaults(planted).toSorted()).toEqual([
    expect.stringContaining('apps/api/src/a.ts: only scripts'),
    expect.stringContaining('apps/api/src/index.test.ts: its name'),
    expect.stringContaining('helpers/x.ts: its name'),
    expect.stringContaining('long.ts: 251 lines'),
    expect.stringContaining('utils.ts: its name'),
  ]);
});

test('a file that cannot be parsed is an error and not passed over', async () => {
  await expect(plant({ 'apps/api/src/a.ts': 'import {' })).rejects.toThrow('apps/api/src/a.ts');
});

async function plant(files: Readonly<Record<string, string>>) {
  const dir = await mkdtemp(join(tmpdir(), 'calute-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return readProject(dir);
}
