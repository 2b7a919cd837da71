import { expect, test } from 'vitest';
import { rewriteImports } from './rewrite-imports.ts';

test.each([
  [
    'packages/core/src/loop/a.js',
    "import { x } from '@calute/core/agent/agent';",
    "import { x } from '../agent/agent.js';",
  ],
  ['packages/core/src/a.js', 'await import("@calute/core/ids")', 'await import("./ids.js")'],
  [
    'apps/api/src/a.d.ts',
    "type A = import('@calute/core/ids').A;",
    "type A = import('../../../packages/core/src/ids.js').A;",
  ],
  [
    'apps/api/src/a.d.ts',
    "import './b.ts';\nexport type { B } from './b.ts';",
    "import './b.js';\nexport type { B } from './b.js';",
  ],
])('in %s, %s is rewritten', (path, text, expected) => {
  expect(rewriteImports(path, text)).toBe(expected);
});

test('text that only speaks of an import stays', () => {
  const text = "const help = 'import @calute/core/ids, or ./b.ts';";
  expect(rewriteImports('apps/api/src/a.js', text)).toBe(text);
});
