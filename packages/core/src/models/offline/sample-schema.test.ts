import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createFindAnswerFault } from '../../loop/answer/create-find-answer-fault.ts';
import { sampleSchema } from './sample-schema.ts';

type Schema = Record<string, unknown>;

/** What keeps the sample from being valid. */
function faultOf(schema: Schema, text = 'some words'): string | undefined {
  const json_schema = { name: 'a', description: undefined, schema, strict: true };
  return createFindAnswerFault({ type: 'json_schema', json_schema })(
    JSON.stringify(sampleSchema(schema, text)),
  );
}

const tree = z.object({
  label: z.string(),
  get children() {
    return z.array(tree);
  },
});
const list = z.object({
  value: z.number(),
  get next() {
    return z.union([list, z.null()]);
  },
});

describe('the sample of a schema', () => {
  test.each<[string, Schema]>([
    ['nothing', {}],
    [
      'each type',
      {
        type: 'array',
        minItems: 6,
        prefixItems: ['string', 'number', 'integer', 'boolean', 'null', 'object'].map((type) => ({ type })),
      },
    ],
    [
      'enum and const',
      {
        required: ['a', 'b'],
        properties: { a: { enum: [3, 4] }, b: { const: { x: [1] } } },
        additionalProperties: false,
      },
    ],
    ['lengths', { type: 'array', minItems: 2, items: { type: 'string', minLength: 20, maxLength: 25 } }],
    ['short strings', { type: 'string', maxLength: 3 }],
    [
      'bounds',
      {
        type: 'array',
        minItems: 5,
        prefixItems: [
          { type: 'integer', minimum: 2.5 },
          { type: 'number', exclusiveMinimum: 0 },
          { type: 'integer', maximum: -3 },
          { type: 'integer', multipleOf: 7, minimum: 15 },
          { type: 'number', minimum: 0.25, maximum: 0.5 },
        ],
      },
    ],
    [
      'formats',
      {
        required: ['a', 'b', 'c', 'd', 'e', 'f'],
        properties: Object.fromEntries(
          ['date-time', 'date', 'email', 'uuid', 'uri', 'ipv6'].map((format, index) => [
            'abcdef'[index],
            { type: 'string', format },
          ]),
        ),
      },
    ],
    ['required properties without a schema', { required: ['a'], additionalProperties: { type: 'integer' } }],
    [
      'allOf',
      {
        allOf: [{ required: ['a'], properties: { a: { type: 'integer' } } }, { $ref: '#/$defs/b' }],
        $defs: { b: { required: ['b'], properties: { b: { type: 'null' } } } },
      },
    ],
    ['a tree of zod', z.toJSONSchema(tree)],
    ['a list of zod', z.toJSONSchema(list)],
    ['a list of zod in draft 7', z.toJSONSchema(list, { target: 'draft-7' })],
    [
      'escaped references',
      {
        $defs: { 'a/b c': { type: 'integer' } },
        type: 'array',
        minItems: 1,
        items: { $ref: '#/$defs/a~1b%20c' },
      },
    ],
  ])('is an instance of it: %s', (_, schema) => {
    expect(faultOf(schema)).toBeUndefined();
  });

  test('has the text where any string will do', () => {
    expect(sampleSchema({ required: ['say'], properties: { say: { type: 'string' } } }, 'Hi')).toEqual({
      say: 'Hi',
    });
  });

  test.each<[string, Schema]>([
    ['needs itself', { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] }],
    ['multiplies', wide(wide(wide({})))],
    ['is long', { type: 'array', minItems: 1e9 }],
    ['is long as a string', { type: 'string', minLength: 1e9 }],
  ])('is refused when it %s', (_, schema) => {
    const refused = expect.objectContaining({ code: 'unsupported_parameter', param: 'response_format' });
    expect(() => sampleSchema(schema, 'x')).toThrow(refused);
  });
});

function wide(items: Schema): Schema {
  return { type: 'array', minItems: 100, items };
}
