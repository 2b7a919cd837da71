import { describe, expect, test } from 'vitest';
import { type AnswerFormat, createFindAnswerFault } from './create-find-answer-fault.ts';

function bySchema(schema: Record<string, unknown>) {
  const json_schema = { name: 'a', description: undefined, schema, strict: true };
  return createFindAnswerFault({ type: 'json_schema', json_schema });
}

const person = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1 },
    age: { type: ['integer', 'null'], minimum: 0 },
    tags: { type: 'array', items: { enum: ['a', 'b'] } },
  },
  required: ['name', 'age'],
  additionalProperties: false,
};

describe('an answer by a schema', () => {
  test.each([
    '{"name":"Ada","age":36}',
    ' {"name":"Ada","age":null,"tags":["a","b"]}\n',
    '{"age":0,"name":"\\u00e9"}',
  ])('that fits has no fault: %s', (text) => {
    expect(bySchema(person)(text)).toBeUndefined();
  });

  test.each([
    ['', /empty/],
    ['Here you are: {"name":"Ada","age":36}', /not JSON alone/],
    ['```json\n{"name":"Ada","age":36}\n```', /not JSON alone/],
    ['{"name":"Ada","age":3', /not JSON/],
    ['[]', /^At its root: .*"array"/],
    ['{"name":"Ada"}', /^At its root: .*"age"/],
    ['{"name":"Ada","age":"36"}', /^At \/age: .*"string".*integer/],
    ['{"name":"","age":-1}', /At \/name: .*At \/age: /],
    ['{"name":"Ada","age":36,"tags":["a","c"]}', /^At \/tags\/1: /],
    ['{"name":"Ada","age":36,"more":1}', /^At \/more: Nothing is allowed here\.$/],
  ])('that does not has one that says where: %s', (text, fault) => {
    expect(bySchema(person)(text)).toMatch(fault);
  });

  test('is told at most five faults, and how many more there are', () => {
    const fault = bySchema({ items: { type: 'string' } })(
      JSON.stringify(Array.from({ length: 1000 }, () => 1)),
    );
    expect(fault).toMatch(/At \/4: .* And 995 more\.$/);
  });

  test('may be of a schema that refers to itself', () => {
    const find = bySchema({
      $defs: {
        node: {
          type: 'object',
          properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
        },
      },
      $ref: '#/$defs/node',
    });
    expect(find('{"next":{"next":null}}')).toBeUndefined();
    expect(find('{"next":{"next":5}}')).toMatch(/\/next\/next/);
  });

  test('has only the properties that it names', () => {
    const find = bySchema({ properties: { constructor: { type: 'string' } }, required: ['toString'] });
    expect(find('{}')).toMatch(/toString/);
    expect(find('{"toString":1}')).toBeUndefined();
    expect(bySchema({ additionalProperties: false })('{"__proto__":1}')).toMatch(/__proto__/);
  });

  test('is checked by the draft that the schema names', () => {
    const beside = { $defs: { a: {} }, $ref: '#/$defs/a', type: 'string' };
    expect(bySchema(beside)('1')).toMatch(/string/);
    expect(bySchema({ ...beside, $schema: 'http://json-schema.org/draft-07/schema#' })('1')).toBeUndefined();
  });

  test('may be of a schema with annotations that look like ids', () => {
    const note = { 'x-field': { id: 'field', $ref: 'http://[' } };
    const find = bySchema({ $id: 'http://[', properties: { a: { ...note, type: 'string' }, b: note } });
    expect(find('{"a":"x","b":1}')).toBeUndefined();
    expect(find('{"a":1}')).toMatch(/At \/a/);
  });

  test('leaves the schema as it was', () => {
    const schema = Object.freeze({ $id: 'https://example.com/x', type: 'string' });
    expect(bySchema(schema)('"x"')).toBeUndefined();
    expect(Reflect.ownKeys(schema)).toEqual(['$id', 'type']);
  });
});

describe('a check that was made to last', () => {
  test.each([
    ['by a pattern', { pattern: '^(a+)+$' }, JSON.stringify(`${'a'.repeat(60)}!`)],
    [
      'by a great many comparisons',
      { uniqueItems: true },
      JSON.stringify(Array.from({ length: 200_000 }, (_, i) => i)),
    ],
    ['by a reference to nothing but itself', { $ref: '#' }, '1'],
  ])('%s ends soon, as a fault', (_, schema, text) => {
    const startedAt = performance.now();
    expect(bySchema(schema)(text)).toMatch(/came to no end/);
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(bySchema({ type: 'number' })('1')).toBeUndefined();
  });
});

describe('an answer without a schema', () => {
  test('is any JSON', () => {
    const json_schema = { name: 'a', description: undefined, schema: undefined, strict: undefined };
    const find = createFindAnswerFault({ type: 'json_schema', json_schema });
    expect([find('[1]'), find('1')]).toEqual([undefined, undefined]);
    expect(find('one')).toMatch(/not JSON/);
  });

  test('is an object when it is to be one', () => {
    const format: AnswerFormat = { type: 'json_object' };
    const find = createFindAnswerFault(format);
    expect(find('{"a":1}')).toBeUndefined();
    expect(find('[1]')).toMatch(/not a JSON object/);
    expect(find('null')).toMatch(/not a JSON object/);
    expect(find('{')).toMatch(/not JSON/);
  });
});
