import { expect, test } from 'vitest';
import { parseArguments } from './parse-arguments.ts';

test.each([
  [
    'submit a.jsonl',
    { command: 'submit', path: 'a.jsonl', model: undefined, prompts: false, window: '24h', wait: false },
  ],
  [
    'submit --prompts --model echo a.jsonl --wait --window 7d',
    { command: 'submit', path: 'a.jsonl', model: 'echo', prompts: true, window: '7d', wait: true },
  ],
  ['list', { command: 'list' }],
  ['status batch_1 --wait', { command: 'status', id: 'batch_1', wait: true }],
  ['cancel batch_1', { command: 'cancel', id: 'batch_1' }],
  ['results batch_1 --errors', { command: 'results', id: 'batch_1', errors: true }],
  ['retry-failed batch_1', { command: 'retry-failed', id: 'batch_1', wait: false }],
])('%s is understood', (line, command) => {
  expect(parseArguments(line.split(' '))).toEqual({ outcome: 'valid', command });
});

test.each([
  ['', /^Say what to do: submit/],
  ['make', /^Unknown command "make"; known: submit/],
  ['submit', /^submit takes one file\.$/],
  ['submit a b', /^submit takes one file\.$/],
  ['submit a --prompts', /^--prompts needs --model\.$/],
  ['status', /^status takes the id of one batch\.$/],
  ['list x', /^list takes no further arguments\.$/],
  ['cancel batch_1 --wait', /^cancel takes no --wait\.$/],
  ['submit a --modle x', /^Unknown option '--modle'/],
])('%j is refused in one sentence, with the usage', (line, sentence) => {
  const parsed = parseArguments(line === '' ? [] : line.split(' '));
  expect(parsed).toEqual({
    outcome: 'invalid',
    messages: [expect.stringMatching(sentence), expect.stringMatching(/^usage: npm run batch -- submit/)],
  });
});

test('--help explains everything', () => {
  expect(parseArguments(['--help'])).toEqual({
    outcome: 'help',
    text: expect.stringMatching(/retry-failed {2}makes a new batch/),
  });
});
