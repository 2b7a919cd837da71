import { expect, test } from 'vitest';
import { parseWorkerArguments } from './parse-arguments.ts';

test.each([
  [[], { outcome: 'one', args: [] }],
  [['--help'], { outcome: 'one', args: ['--help'] }],
  [['--minimum'], { outcome: 'one', args: ['--minimum'] }],
  [['--min', '0', '--max', '8'], { outcome: 'scaled', min: '0', max: '8' }],
  [['--max=3'], { outcome: 'scaled', min: undefined, max: '3' }],
])('%j', (args, expected) => {
  expect(parseWorkerArguments(args)).toEqual(expected);
});

test.each([[['--min']], [['--min', '1', 'x']], [['--max', '2', '--middle', '1']]])(
  '%j is refused with what would be right',
  (args) => {
    const parsed = parseWorkerArguments(args);
    expect(parsed).toMatchObject({
      outcome: 'invalid',
      message: expect.stringContaining('usage: npm run worker'),
    });
  },
);
