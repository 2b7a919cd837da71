import { expect, test } from 'vitest';
import { readToolAnswer, toolAnswerSchema } from './tool-answer.ts';

const read = (answer: object) => readToolAnswer(toolAnswerSchema.parse(answer));
const text = (value: string) => ({ type: 'text', text: value });

test.each([
  ['text blocks as lines', { content: [text('one'), text('two')] }, 'one\ntwo'],
  [
    'a resource by its text',
    { content: [{ type: 'resource', resource: { uri: 'a:b', text: 'in it' } }] },
    'in it',
  ],
  [
    'a binary resource by its name',
    { content: [{ type: 'resource', resource: { uri: 'a:b', blob: 'AA' } }] },
    '[binary resource a:b: not supported here]',
  ],
  [
    'audio by its type',
    { content: [{ type: 'audio', mimeType: 'audio/wav', data: '' }] },
    '[audio (audio/wav): not supported here]',
  ],
  [
    'what a later version adds by its type',
    { content: [{ type: 'hologram' }] },
    '[content of type "hologram": not supported here]',
  ],
  ['nothing where all is null', { content: null, structuredContent: null, isError: null }, ''],
  ['a text that is null as none', { content: [{ type: 'text', text: null }, text('b')] }, '\nb'],
  ['structured content as JSON', { structuredContent: { degrees: 21 } }, '{"degrees":21}'],
  [
    'text rather than the structured content that repeats it',
    { content: [text('21')], structuredContent: { degrees: 21 } },
    '21',
  ],
  ['nothing as nothing', {}, ''],
])('a model is told %s', (_, answer, told) => {
  expect(read(answer)).toBe(told);
});

test('an answer that says it is an error is thrown with its text, cut, or with one of our own', () => {
  expect(() => read({ isError: true, content: [text('no paper')] })).toThrow(/^no paper$/);
  expect(() => read({ isError: true })).toThrow('without saying why');
  expect(() => read({ isError: true, content: [text('x'.repeat(10_000))] })).toThrow(/^x{4096}$/);
});
