import { expect, test } from 'vitest';
import { createProgram } from '../cli/create-program.ts';
import { recordTerminal } from '../cli/testing/record-terminal.ts';
import { listWords } from './list-words.ts';

const program = createProgram({ version: '1', env: {}, terminal: recordTerminal(), end: () => undefined });

test.each([
  ['the names of the commands', [], ['chat', 'dev', 'help', '--version']],
  ['those of a group', ['batch'], ['submit', 'retry-failed', 'results', '--help']],
  ['the options of a command', ['batch', 'submit', 'file'], ['--endpoint', '--wait', '--url']],
  [
    'those behind an option with its value',
    ['runs', '--help', 'follow', '--url', 'x'],
    ['--after', '--json'],
  ],
])('completes %s', (_, before, expected) => {
  expect(listWords(program, before).words).toEqual(expect.arrayContaining(expected));
});

test('knows nothing of the value of an option', () => {
  expect(listWords(program, ['chat', '--url'])).toEqual({ words: [], wantsModel: false });
  expect(listWords(program, ['chat', '--url=x']).words).toContain('--key');
});

test('asks for agents where one belongs', () => {
  expect(listWords(program, ['chat']).wantsModel).toBe(true);
  expect(listWords(program, ['chat', '--json']).wantsModel).toBe(true);
  expect(listWords(program, ['chat', 'clock']).wantsModel).toBe(false);
});

test('what is meant for shells is not shown to people', () => {
  expect(listWords(program, []).words).not.toContain('__complete');
});
