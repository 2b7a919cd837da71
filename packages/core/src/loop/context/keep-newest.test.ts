import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '../../request/message.ts';
import { groupMessages, type MessageGroup } from './group-messages.ts';
import { keepNewest } from './keep-newest.ts';

/** `u` a user's message, `a` an assistant's, `t` calls of tools with two results; each group weighs its length. */
function talk(kinds: string): MessageGroup[] {
  return groupMessages([...kinds].flatMap(toMessages));
}

function toMessages(kind: string, index: number): Message[] {
  if (kind === 'u') return [{ role: 'user', content: `u${index}`, name: undefined }];
  if (kind === 'a') return [{ role: 'assistant', content: `a${index}` }];
  const ids = [`${index}.0`, `${index}.1`];
  const calls = ids.map((id) => ({
    id,
    type: 'function' as const,
    function: { name: 'f', arguments: '{}' },
  }));
  return [
    { role: 'assistant', content: undefined, tool_calls: calls },
    ...ids.map((id): Message => ({ role: 'tool', tool_call_id: id, content: 'x' })),
  ];
}

const countTokens = ({ length }: MessageGroup) => length;

test.each([
  ['all, when all fit', 'uaua', 4, undefined, 'uaua'],
  ['from a message of the user on', 'uauaua', 5, undefined, 'uaua'],
  ['calls and results or neither', 'uutau', 4, undefined, 'u'],
  ['at least the last message of the user', 'uauau', 1, undefined, 'u'],
  [
    'that message and the newest since, when the agent has called many tools',
    'uatutttt',
    8,
    undefined,
    'utt',
  ],
  ['the newest when there is no message of the user', 'aaa', 2, undefined, 'aa'],
  ['so many messages', 'uauaua', 99, 4, 'uaua'],
  ['the last turn of the user with more messages than that', 'uauttt', 99, 4, 'uttt'],
])('keeps %s', (_, kinds, maxTokens, maxMessages, kept) => {
  const groups = talk(kinds);
  const newest = keepNewest(groups, { maxTokens, maxMessages, countTokens });
  expect(newest?.map(([{ role }, ...results]) => (results.length > 0 ? 't' : role.charAt(0))).join('')).toBe(
    kept,
  );
});

test.each([
  ['the last message of the user', 'ua', 1],
  ['what came last', 'ut', 3],
  ['a lone group', 't', 2],
])('keeps nothing when %s does not fit', (_, kinds, maxTokens) => {
  expect(keepNewest(talk(kinds), { maxTokens, countTokens })).toBeUndefined();
});

test('whatever was said: it fits, is in order, has the newest, and begins with the user if anybody did', () => {
  const weighed = record({ kind: constantFrom('u', 'a', 't'), weight: integer({ min: 1, max: 9 }) });
  assert(
    property(
      array(weighed, { minLength: 1, maxLength: 30 }),
      integer({ min: 0, max: 80 }),
      (said, maxTokens) => {
        const groups = talk(said.map(({ kind }) => kind).join(''));
        const weights = new Map(groups.map((group, index) => [group, said[index]?.weight ?? 0]));
        const weigh = (group: MessageGroup) => weights.get(group) ?? 0;
        const kept = keepNewest(groups, { maxTokens, countTokens: weigh });
        const last = groups.slice(-1);
        const asked = groups.filter(([{ role }]) => role === 'user').slice(-1);
        const least = [...new Set([...asked, ...last])].reduce((sum, group) => sum + weigh(group), 0);
        expect(kept === undefined).toBe(least > maxTokens);
        if (kept === undefined) return;
        expect(kept.reduce((sum, group) => sum + weigh(group), 0)).toBeLessThanOrEqual(maxTokens);
        expect(kept).toEqual(groups.filter((group) => kept.includes(group)));
        expect(kept.at(-1)).toBe(groups.at(-1));
        if (asked.length > 0) expect(kept[0]?.[0].role).toBe('user');
      },
    ),
  );
});
