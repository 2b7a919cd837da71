import { globSync } from 'node:fs';
import { join } from 'node:path';

export interface Section {
  readonly title: string;
  /** A script for Node with its arguments, from the root. */
  readonly command: readonly [string, ...string[]];
  /** How much the tool has looked at, by its own output. */
  readonly count: (output: string) => number;
  /** Below this it has passed something over, which is a failure. */
  readonly atLeast: number;
}

/** What `npm run check` runs, in this order: the quickest answer first. */
export function createSections(root: string): readonly Section[] {
  const sources = countSources(root, '{agents,apps,bench,packages,scripts,tests}/**/*.ts');
  const fixtures = countSources(root, '**/fixtures/**/*.ts');
  return [
    {
      title: 'format and lint',
      command: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
      count: firstNumber(/Checked (\d+) files?/),
      // The linter leaves fixtures alone.
      atLeast: sources - fixtures,
    },
    {
      title: 'types',
      command: ['node_modules/typescript/bin/tsc', '--noEmit', '--listFiles'],
      count: (output) => output.split('\n').filter((line) => isOwnFile(root, line)).length,
      atLeast: sources,
    },
    {
      title: 'dead code',
      command: [
        'node_modules/knip/bin/knip.js',
        '--reporter',
        'symbols',
        '--reporter',
        './scripts/check/count-knip-files.ts',
      ],
      count: firstNumber(/knip looked at (\d+) files/),
      atLeast: sources,
    },
    {
      title: 'architecture',
      command: ['node_modules/vitest/vitest.mjs', 'run', '--config', 'tests/architecture/vitest.config.ts'],
      count: firstNumber(/Tests\s+(?:\d+ failed \| )?(\d+) passed/),
      atLeast: 1,
    },
  ];
}

function countSources(root: string, pattern: string): number {
  return globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] }).length;
}

function isOwnFile(root: string, path: string): boolean {
  return path.startsWith(join(root, '/')) && path.endsWith('.ts') && !path.includes('node_modules');
}

function firstNumber(pattern: RegExp): (output: string) => number {
  return (output) => Number(pattern.exec(output)?.[1] ?? 0);
}
