import { expect, it, test } from 'vitest';
import { runRequestSchema } from './run-request.ts';

const chat = { model: 'echo', messages: [{ role: 'user', content: 'a' }] };

it('reads what an older version wrote, with what is new in place of what it lacks', () => {
  expect(runRequestSchema.parse({ version: 1, chat })).toEqual({ version: 1, chat, showEvents: false });
});

it('keeps the request as it was stored, with what only a newer version knows', () => {
  const newer = { ...chat, novelty: true };
  expect(runRequestSchema.parse({ version: 1, chat: newer }).chat).toEqual(newer);
});

test.each([
  ['of another version', { version: 3, chat }],
  ['without a request', { version: 1 }],
  ['whose request is none', { version: 1, chat: null }],
  ['whose request names no model', { version: 1, chat: { messages: [] } }],
  ['whose request has no messages', { version: 1, chat: { model: 'echo' } }],
])('a record %s cannot be read', (_, record) => {
  expect(runRequestSchema.safeParse(record).success).toBe(false);
});
