import { expect, it } from 'vitest';
import { z } from 'zod';
import { metadataSchema } from './metadata.ts';
import { parseWith } from './parse-with.ts';

const schema = z.object({ metadata: metadataSchema });
const pairs = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']));

it('takes 16 pairs, and refuses more before it looks at one', () => {
  expect(parseWith(schema, { metadata: pairs(16) })).toEqual({ metadata: pairs(16) });
  const many = pairs(16);
  Object.defineProperty(many, 'k16', { enumerable: true, get: () => expect.unreachable() });
  const fault = "Invalid 'metadata': expected at most 16 pairs.";
  expect(() => parseWith(schema, { metadata: many })).toThrow(
    expect.objectContaining({ code: 'invalid_request', param: 'metadata', message: fault }),
  );
});

it.each([
  [{ a: 1 }, "Invalid 'metadata.a': expected string, received number."],
  [['a'], "Invalid 'metadata': expected record, received array."],
  ['a', "Invalid 'metadata': expected record, received string."],
])('says what is wrong with %j', (metadata, message) => {
  expect(() => parseWith(schema, { metadata })).toThrow(message);
});
