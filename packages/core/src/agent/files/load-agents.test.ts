import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// A process of its own: inside vitest another loader would do the importing, and no hook of node's would run.
const script = `
const { createLoadAgents } = await import(${JSON.stringify(new URL('./load-agents.ts', import.meta.url).href)});
const result = await createLoadAgents(process.argv[1])().then(
  (agents) => ({ ids: agents.map((agent) => agent.id) }),
  (error) => ({ message: error.message }),
);
process.stdout.write(JSON.stringify(result));
`;

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'calute-agents-'));
});
afterAll(() => rm(root, { recursive: true }));

async function load(
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<{ ids?: string[]; message?: string }> {
  for (const [file, text] of Object.entries(files)) {
    const path = join(root, name, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, join(root, name)], {
    env: {},
  });
  return JSON.parse(stdout);
}

const head = `import { defineAgent } from '@calute/core/agent/define-agent';\n`;
const agent = (id: string, more = '') =>
  `${head}export default defineAgent({ id: '${id}', model: 'offline:echo', ${more} });`;

describe('createLoadAgents', () => {
  test('loads .ts, .js and .mjs files from a folder outside the repo, where zod and @calute/core are not installed', async () => {
    const tool = `tools: { t: { description: 'd', parameters: z.object({}), execute: () => 1 } }`;
    const result = await load('good', {
      'b.ts': `import { z } from 'zod';\n${agent('typed', tool)}\nconst unused: number = 1;`,
      'a.mjs': agent('a', `handoffs: ['typed']`),
      'c.js': agent('c'),
    });
    expect(result).toEqual({ ids: ['a', 'typed', 'c'] });
  });

  test('passes over tests, folders, other files, and those set aside by _ or .', async () => {
    const broken = 'throw new Error("loaded")';
    const files = {
      'a.test.ts': broken,
      '_a.ts': broken,
      '.a.ts': broken,
      'a.d.ts': broken,
      'a.json': '{}',
      'inner/a.ts': broken,
    };
    expect(await load('others', { ...files, 'only.ts': agent('only') })).toEqual({ ids: ['only'] });
  });

  test('lists every bad file with its reason, and the line when it is known', async () => {
    const { message } = await load('bad', {
      'a-good.ts': agent('good'),
      'b-syntax.ts': 'const a: number = 1;\nexport default {,};',
      'c-throws.ts': `${head}\nthrow new Error('no database');`,
      'd-nothing.ts': 'export const agent = 1;',
      'e-plain.ts': `export default { id: 'plain', model: 'offline:echo' };`,
      'f-double.ts': agent('good'),
      'g-provider.ts': `${head}export default defineAgent({ id: 'g', model: 'magic:x' });`,
      'h-handoff.ts': agent('h', `handoffs: ['nobody']`),
      'i-import.ts': `import 'not-installed';`,
      'j-fields.ts': agent('j', 'limits: { maxSteps: 0 }'),
      'l-summary.ts': agent(
        'l',
        `context: { strategy: 'summarise', maxTokens: 999, summaryModel: 'magic:y' }`,
      ),
      'k-option.ts': `${head}export default defineAgent({ id: 'k', model: 'offline:echo?speed=1' });`,
      'l-fallback.ts': agent('l', `fallback: ['openai:x', { agent: 'nobody' }]`),
      'm-fallback.ts': agent('m', `fallback: 'magic:x'`),
      'n-collision.ts': agent('n', `handoffs: ['a.b', 'a:b']`),
    });
    const lines = message?.split('\n') ?? [];
    const line = (file: string) => lines.find((one) => one.startsWith(`  ${file}.ts: `)) ?? '';
    expect(lines).toHaveLength(15);
    expect(line('b-syntax')).toContain('line 2: Unexpected token');
    expect(line('c-throws')).toContain('line 3: no database');
    expect(line('d-nothing')).toContain('no default export');
    expect(line('e-plain')).toContain('not made by defineAgent');
    expect(line('f-double')).toContain('the id "good" is already taken by a-good.ts');
    expect(line('g-provider')).toContain(
      'Unknown model provider "magic" in "magic:x"; known: offline, openai',
    );
    expect(line('h-handoff')).toContain('handoffs to unknown agents: nobody; known: good, h, l');
    expect(line('i-import')).toContain(`Cannot find package 'not-installed'`);
    expect(line('j-fields')).toContain('line 2: Invalid agent "j": limits.maxSteps: ');
    expect(line('k-option')).toContain('speed');
    expect(line('l-summary')).toContain('Unknown model provider "magic" in "magic:y"');
    expect(line('l-fallback')).toContain('fallback to unknown agents: nobody; known: good, h, l');
    expect(line('m-fallback')).toContain('Unknown model provider "magic" in "magic:x"');
    expect(line('n-collision')).toContain('transfer_to_a_b');
  });

  test('says what to do about a missing folder and an empty one', async () => {
    expect((await load('missing', {})).message).toMatch(
      /^Cannot read the agent folder .*missing.*CALUTE_AGENTS/,
    );
    expect((await load('empty', { 'readme.md': '' })).message).toMatch(
      /^No agent files .*empty.*CALUTE_AGENTS/,
    );
  });

  test('loads the agents that come with Calute', async () => {
    const folder = new URL('../../../../../agents', import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', script, folder],
      { env: {} },
    );
    expect(JSON.parse(stdout).ids).toEqual(expect.arrayContaining(['clock', 'echo', 'lorem']));
  });
});
