import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

/** What stands in the files of the folder; null deletes one. */
type Step = Readonly<Record<string, string | null>>;

// A process of its own: inside vitest another loader would do the importing, and no hook of node's would run.
const script = `
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
const { createLoadAgents } = await import(${JSON.stringify(new URL('./load-agents.ts', import.meta.url).href)});
const [folder, steps] = process.argv.slice(1);
const load = createLoadAgents(folder);
const results = [];
let first;
for (const files of JSON.parse(steps)) {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (text === null) rmSync(path); else writeFileSync(path, text);
  }
  const agents = await load().catch((error) => error.message);
  first ??= agents;
  results.push(typeof agents === 'string' ? agents : agents.map((agent) => agent.id + ': ' + agent.instructions));
}
const lazy = await first[0].tools.later?.execute({});
process.stdout.write(JSON.stringify({ results, lazy }));
`;

async function loadInSteps(...steps: readonly Step[]): Promise<{ results: unknown[]; lazy?: unknown }> {
  const folder = await mkdtemp(join(tmpdir(), 'calute agents-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const args = ['--input-type=module', '-e', script, folder, JSON.stringify(steps)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} });
  return JSON.parse(stdout);
}

const agent = (id: string, instructions: string, head = '', more = '') =>
  `import { defineAgent } from '@calute/core/agent/define-agent';
${head}
export default defineAgent({ id: '${id}', model: 'offline:echo', instructions: ${instructions}, ${more} });`;

test('a changed file, a new one and a deleted one are taken in', async () => {
  const { results } = await loadInSteps(
    { 'a.ts': agent('a', `'one'`), 'b.ts': agent('b', `'one'`) },
    { 'a.ts': agent('a', `'two'`), 'c.ts': agent('c', `'new'`) },
    { 'b.ts': null },
  );
  expect(results).toEqual([
    ['a: one', 'b: one'],
    ['a: two', 'b: one', 'c: new'],
    ['a: two', 'c: new'],
  ]);
});

test('what an agent file imports from the folder is taken in: code in any depth, JSON and CommonJS', async () => {
  const head = `
import { word } from './lib/word.ts';
import data from './lib/data.json' with { type: 'json' };
import common from './lib/common.cjs';`;
  const { results } = await loadInSteps(
    {
      'a.ts': agent('a', '[word, data.word, common.word].join()', head),
      'lib/word.ts': `export { deep as word } from './deep/deep.ts';`,
      'lib/deep/deep.ts': `export const deep: string = 'deep 1';`,
      'lib/data.json': '{"word":"json 1"}',
      'lib/common.cjs': `exports.word = require('./inner.cjs');`,
      'lib/inner.cjs': `module.exports = 'cjs 1';`,
    },
    { 'lib/deep/deep.ts': `export const deep = 'deep 2';` },
    { 'lib/data.json': '{"word":"json 3"}', 'lib/inner.cjs': `module.exports = 'cjs 3';` },
  );
  expect(results).toEqual([
    ['a: deep 1,json 1,cjs 1'],
    ['a: deep 2,json 1,cjs 1'],
    ['a: deep 2,json 3,cjs 3'],
  ]);
});

test('one load sees each file once, however many import it, and packages in the folder stay loaded', async () => {
  const head = `import { count } from './_count.ts';\nimport { loaded } from 'package';`;
  const files = {
    '_count.ts': `globalThis.counted = (globalThis.counted ?? 0) + 1;\nexport const count = globalThis.counted;`,
    'node_modules/package/package.json': '{"type":"module","exports":"./index.js"}',
    'node_modules/package/index.js': `globalThis.loaded = (globalThis.loaded ?? 0) + 1;\nexport const loaded = globalThis.loaded;`,
    'a.ts': agent('a', 'count + "-" + loaded', head),
    'b.ts': agent('b', 'count + "-" + loaded', head),
  };
  const { results } = await loadInSteps(files, {});
  expect(results).toEqual([
    ['a: 1-1', 'b: 1-1'],
    ['a: 2-1', 'b: 2-1'],
  ]);
});

test('a bad file is named with its line, also below the folder and in a later load, and mending it helps', async () => {
  const good = agent('a', 'word', `import { word } from './lib/word.ts';`);
  const { results } = await loadInSteps(
    { 'a.ts': good, 'lib/word.ts': `export const word = 'one';` },
    { 'lib/word.ts': `export const word: string = 'one';\n\nthrow new Error('no database');` },
    { 'lib/word.ts': `export const word = 'one';\nexport const broken = ;` },
    { 'lib/word.ts': `export const word = 'two';`, 'a.ts': `${good.replace("'a'", "'a b'")}` },
    { 'a.ts': good },
  );
  expect(results).toEqual([
    ['a: one'],
    expect.stringContaining('\n  a.ts: lib/word.ts line 3: no database'),
    expect.stringContaining('\n  a.ts: lib/word.ts line 2: '),
    expect.stringContaining('\n  a.ts: line 3: Invalid agent "a b": id: '),
    ['a: two'],
  ]);
});

test('what an agent of an earlier load imports later belongs to that load', async () => {
  const later = `tools: { later: { description: 'd', parameters: z.object({}), execute: async () => (await import('./_state.ts')).state } }`;
  const head = `import { z } from 'zod';\nimport { state } from './_state.ts';\nstate.by = 'first';`;
  const { lazy } = await loadInSteps(
    { '_state.ts': 'export const state = {};', 'a.ts': agent('a', `''`, head, later) },
    { 'a.ts': agent('a', `''`, head.replace('first', 'second'), later) },
  );
  expect(lazy).toEqual({ by: 'first' });
});
