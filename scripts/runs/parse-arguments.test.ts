import { expect, it } from 'vitest';
import { parseArguments } from './parse-arguments.ts';

const parse = (line: string) => parseArguments(line.split(' ').filter((word) => word !== ''));

it.each([
  ['list', { command: 'list', filter: {}, limit: 20 }],
  [
    'list --tenant local --agent echo --end failed --limit 3 --after resp_abc',
    {
      command: 'list',
      filter: { tenant: 'local', agent: 'echo', end: 'failed' },
      limit: 3,
      after: 'chatcmpl-abc',
    },
  ],
  ['show chatcmpl-abc', { command: 'show', runId: 'chatcmpl-abc' }],
  ['show resp_abc', { command: 'show', runId: 'chatcmpl-abc' }],
  ['cancel chatcmpl-abc', { command: 'cancel', runId: 'chatcmpl-abc' }],
])('reads %s', (line, command) => {
  expect(parse(line)).toEqual({ outcome: 'valid', command });
});

it('tells what the commands do', () => {
  expect(parse('list --help')).toMatchObject({ outcome: 'help' });
});

it.each([
  ['', 'Say what to do.'],
  ['look', 'Unknown command "look".'],
  ['show', 'show takes the id of a run, chatcmpl-… or resp_….'],
  ['cancel some/thing', 'cancel takes the id of a run, chatcmpl-… or resp_….'],
  ['list chatcmpl-abc', 'list takes no argument beside its options.'],
  ['show chatcmpl-abc more', 'Too many arguments.'],
  ['cancel chatcmpl-abc --limit 3', 'Only list takes options.'],
  ['list --end soon', '--end takes live, completed, failed or cancelled.'],
  ['list --limit 0', '--limit takes a whole number from 1 to 1000.'],
  ['list --after x', '--after takes the id of a run, chatcmpl-… or resp_….'],
  ['list --what', "Unknown option '--what'."],
])('refuses %j with one sentence and the usage', (line, sentence) => {
  expect(parse(line)).toEqual({
    outcome: 'invalid',
    messages: [sentence, expect.stringContaining('npm run runs -- list')],
  });
});
