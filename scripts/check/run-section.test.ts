import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runSection } from './run-section.ts';
import { createSections } from './sections.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('a tool that looks at enough and is content passes', async () => {
  expect(await run("console.log('looked at 3')", 3)).toMatchObject({
    passed: true,
    summary: expect.stringMatching(/^passed \(3 looked at/),
  });
});

test('a tool that finds something fails, with its output', async () => {
  expect(await run("console.error('found'); process.exit(1)", 0)).toMatchObject({
    passed: false,
    output: 'found\n',
  });
});

test.each([
  ['too little', "console.log('looked at 2')"],
  ['nothing', ''],
])('a tool that is content because it looked at %s fails', async (_, script) => {
  expect(await run(script, 3)).toMatchObject({
    passed: false,
    summary: expect.stringContaining('of at least 3'),
  });
});

test('every section expects to look at something', () => {
  const sections = createSections(root);
  expect(sections.map(({ title }) => title)).toEqual([
    'format and lint',
    'types',
    'dead code',
    'architecture',
  ]);
  for (const { atLeast } of sections) expect(atLeast).toBeGreaterThan(0);
});

async function run(script: string, atLeast: number) {
  const dir = await mkdtemp(join(tmpdir(), 'calute-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await writeFile(join(dir, 'tool.mjs'), script);
  const count = (output: string) => Number(/looked at (\d+)/.exec(output)?.[1] ?? 0);
  return runSection(dir, { title: 'tool', command: ['tool.mjs'], count, atLeast });
}
