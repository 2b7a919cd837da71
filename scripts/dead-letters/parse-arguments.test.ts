import { expect, test } from 'vitest';
import { parseArguments } from './parse-arguments.ts';

const runId = 'chatcmpl-00000000AAAAAAAAAAAAAAAAAAAAAAAA';

test('list takes nothing, the others the id of a run', () => {
  expect(parseArguments(['list'])).toEqual({ outcome: 'valid', command: { command: 'list' } });
  for (const command of ['show', 'retry', 'remove'] as const)
    expect(parseArguments([command, runId])).toEqual({ outcome: 'valid', command: { command, runId } });
});

test.each([[['--help']], [['-h']], [['help']], [['retry', '--help']]])('%j explains the commands', (args) => {
  expect(parseArguments(args)).toEqual({
    outcome: 'help',
    text: expect.stringMatching(/^usage: npm run dead-letters -- .*retry {4}sends one again/s),
  });
});

test.each([
  [[], 'Say what to do.'],
  [['foo'], 'Unknown command "foo".'],
  [['list', 'all'], 'list takes no argument.'],
  [['show', 'all'], 'show takes the id of a run, chatcmpl-….'],
  [['show', runId, 'more'], 'Too many arguments.'],
])('%j is answered by one sentence and the usage', (args, sentence) => {
  expect(parseArguments(args)).toEqual({
    outcome: 'invalid',
    messages: [sentence, expect.stringMatching(/^usage: /)],
  });
});
