import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkResponseFormat } from './check-response-format.ts';
import { parseChatRequest } from './parse-chat-request.ts';

function check(schema: unknown): void {
  const response_format = { type: 'json_schema', json_schema: { name: 'a', schema } };
  checkResponseFormat(
    parseChatRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], response_format }),
  );
}

const person = z.object({
  name: z.string().min(1),
  email: z.email(),
  age: z.int().min(0).optional(),
  tags: z.array(z.enum(['a', 'b'])).max(3),
  born: z.union([z.iso.date(), z.null()]),
  get friends() {
    return z.array(person);
  },
});

describe('a schema of response_format', () => {
  test.each([
    ['none', undefined],
    ['an empty one', {}],
    ['one of zod, which refers to itself', z.toJSONSchema(person)],
    ['one of zod in draft 7', z.toJSONSchema(person, { target: 'draft-7' })],
    ['unknown keywords', { type: 'object', 'x-order': ['a'], examples: [{ $ref: 'nowhere' }] }],
    ['values that look like keywords', { const: { type: 'nothing' }, default: { required: 1 } }],
    [
      'properties named as keywords',
      { properties: { $ref: {}, type: {}, required: { enum: [1] } }, required: ['type'] },
    ],
    ['a reference to the root', { properties: { next: { $ref: '#' } } }],
    ['escaped references', { $defs: { 'a/b c': {} }, items: { $ref: '#/$defs/a~1b%20c' } }],
    ['an id at its root', { $id: 'https://example.com/a', type: 'object' }],
  ])('may have %s', (_, schema) => {
    expect(() => check(schema)).not.toThrow();
  });

  test.each([
    [{ type: 'strng' }, 'type'],
    [{ type: ['string', 'text'] }, 'type'],
    [{ properties: [] }, 'properties'],
    [{ properties: { a: 'string' } }, 'properties.a'],
    [{ properties: { a: { items: { type: 5 } } } }, 'properties.a.items.type'],
    [{ required: 'a' }, 'required'],
    [{ anyOf: [] }, 'anyOf'],
    [{ anyOf: [true, { minLength: -1 }] }, 'anyOf.1.minLength'],
    [{ minItems: 1.5 }, 'minItems'],
    [{ maximum: '5' }, 'maximum'],
    [{ multipleOf: 0 }, 'multipleOf'],
    [{ enum: [] }, 'enum'],
    [{ pattern: '(' }, 'pattern'],
    [{ patternProperties: { '[': {} } }, 'patternProperties.['],
    [{ $ref: 'https://example.com/schema.json' }, '$ref'],
    [{ $ref: '#anchor' }, '$ref'],
    [{ $ref: '#/$defs/missing' }, '$ref'],
    [{ $ref: '#/x/%E0%A4%A' }, '$ref'],
    [{ const: { a: {} }, $ref: '#/const/a' }, '$ref'],
    [{ properties: { a: { $id: 'https://example.com/b' } } }, 'properties.a.$id'],
    [{ items: { $dynamicRef: '#node' } }, 'items.$dynamicRef'],
  ])('is refused with the place of its fault: %j', (schema, place) => {
    const param = `response_format.json_schema.schema.${place}`;
    expect(() => check(schema)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
  });

  test('is refused beyond 64 KB', () => {
    const param = 'response_format.json_schema.schema';
    expect(() => check({ description: 'x'.repeat(65_000) })).not.toThrow();
    expect(() => check({ description: 'x'.repeat(66_000) })).toThrow(expect.objectContaining({ param }));
  });
});

test('other formats have nothing to check', () => {
  for (const response_format of [undefined, { type: 'text' }, { type: 'json_object' }]) {
    const request = { model: 'm', messages: [{ role: 'user', content: 'x' }], response_format };
    expect(() => checkResponseFormat(parseChatRequest(request))).not.toThrow();
  }
});
