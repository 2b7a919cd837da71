import { expect, test } from 'vitest';
import { parseArguments } from './parse-arguments.ts';

test('a new key may infer and nothing else unless scopes are given', () => {
  expect(parse('create --name ci')).toEqual({ command: 'create', key: { name: 'ci', scopes: ['infer'] } });
});

test('scopes and limits are taken over', () => {
  const args = 'create --name ci --scopes files,infer,files --rpm 60 --tpm=100000 --concurrency 4';
  expect(parse(args)).toEqual({
    command: 'create',
    key: {
      name: 'ci',
      scopes: ['files', 'infer'],
      requestsPerMinute: 60,
      tokensPerMinute: 100_000,
      concurrency: 4,
    },
  });
});

test('a share, a group and the scope for urgent runs are taken over', () => {
  expect(parse('create --name ci --weight 0.5 --group night --scopes infer,priority')).toEqual({
    command: 'create',
    key: { name: 'ci', scopes: ['infer', 'priority'], weight: 0.5, group: 'night' },
  });
});

test.each(['--help', '-h', 'help', 'create --help', 'create --name a -h', 'list --help'])(
  '"%s" explains the commands',
  (line) => {
    expect(parseArguments(split(line))).toEqual({
      outcome: 'help',
      text: expect.stringMatching(/^usage: npm run keys -- create .*--group NAME/s),
    });
  },
);

test('list takes nothing, revoke and delete take one id', () => {
  expect(parse('list')).toEqual({ command: 'list' });
  expect(parse('revoke key_1')).toEqual({ command: 'revoke', id: 'key_1' });
  expect(parse('delete key_1')).toEqual({ command: 'delete', id: 'key_1' });
});

test.each([
  ['', 'Say what to do: create, list, revoke or delete.'],
  ['foo', 'Unknown command "foo"; known: create, list, revoke, delete.'],
  ['create', 'create needs --name.'],
  ['create --name', "Option '--name <value>' argument missing."],
  ['create --name a b', 'create takes no arguments beside its options.'],
  ['create --name \u001b[2J', '--name takes 1 to 100 characters on one line.'],
  ['create --name a --scopes root', '--scopes takes a list of: infer, files, batches, admin, priority.'],
  ['create --name a --scopes=', '--scopes takes a list of: infer, files, batches, admin, priority.'],
  ['create --name a --rpm 0', '--rpm takes a whole number from 1.'],
  ['create --name a --tpm 1.5', '--tpm takes a whole number from 1.'],
  ['create --name a --concurrency=-1', '--concurrency takes a whole number from 1.'],
  ['create --name a --rpm -1', "Option '--rpm' argument is ambiguous."],
  ['create --name a --rate 1', "Unknown option '--rate'."],
  ['list all', 'list takes no further arguments.'],
  ['list --name a', 'Only create takes options.'],
  ['revoke', 'revoke takes the id of one key.'],
  ['revoke a b', 'revoke takes the id of one key.'],
  ['delete', 'delete takes the id of one key.'],
  ['create --name a --weight 0', '--weight takes a number above 0 and up to 1000.'],
  ['create --name a --weight 1000.1', '--weight takes a number above 0 and up to 1000.'],
  ['create --name a --weight two', '--weight takes a number above 0 and up to 1000.'],
  ['create --name a --weight 1e2', '--weight takes a number above 0 and up to 1000.'],
  ['create --name a --group=', '--group takes 1 to 64 letters, digits, _ . or -.'],
  ['create --name a --group a:b', '--group takes 1 to 64 letters, digits, _ . or -.'],
])('"%s" is answered by one sentence and the usage', (line, sentence) => {
  const parsed = parseArguments(split(line));
  expect(parsed).toEqual({
    outcome: 'invalid',
    messages: [sentence, expect.stringContaining('usage: npm run keys --')],
  });
});

function parse(line: string) {
  const parsed = parseArguments(split(line));
  return parsed.outcome === 'valid' ? parsed.command : parsed;
}

function split(line: string): string[] {
  return line.split(' ').filter((word) => word !== '');
}
