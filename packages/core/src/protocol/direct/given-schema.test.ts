import { expect, test } from 'vitest';
import { parseEmbeddingRequest } from './embedding-request.ts';
import { parseTextRequest } from './text-request.ts';

const many = 3_000_000;

test('as many tokens as fit into a body are read', () => {
  const tokens = Array(many).fill(1);
  expect(parseEmbeddingRequest({ model: 'a', input: tokens }).direct).toMatchObject({ input: tokens });
  expect(parseTextRequest({ model: 'a', prompt: [tokens] }).direct).toMatchObject({ prompt: tokens });
});

test.each([
  ['input', Array(many).fill(null)],
  ['input.0.0', [Array(many).fill('a')]],
  ['input.1', Array(many).fill(-1).with(0, 1)],
  ['input', null],
  ['input', undefined],
  ['input.0', [{}]],
])('the first fault is told of %s, however many there are', (param, input) => {
  const parse = () => parseEmbeddingRequest({ model: 'a', input });
  expect(parse).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
});
