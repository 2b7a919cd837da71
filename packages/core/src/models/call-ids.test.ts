import { describe, expect, test } from 'vitest';
import { CallIds, readCallId } from './call-ids.ts';

const said = (...ids: readonly string[]) => ({
  role: 'assistant' as const,
  content: undefined,
  refusal: undefined,
  function_call: undefined,
  name: undefined,
  tool_calls: ids.map((id) => ({ id, type: 'function' as const, function: { name: 'f', arguments: '{}' } })),
});

describe('the id of a call', () => {
  test('is the provider’s, unless it is missing or the conversation has it', () => {
    const ids = new CallIds([said('a', 'b') as never]); // because a message may have more fields than count here
    expect(ids.take('c')).toBe('c');
    for (const id of ['a', 'b', 'c', undefined]) expect(ids.take(id)).toMatch(/^[a-zA-Z0-9]{9}$/);
  });

  test('is never given twice', () => {
    const ids = new CallIds([]);
    const given = Array.from({ length: 1000 }, () => ids.take('same'));
    expect(new Set(given).size).toBe(1000);
  });

  test.each([
    ['call_1', 'call_1'],
    ['functions.f:0', 'functions.f:0'],
    [7, '7'],
    ['', undefined],
    [' ', undefined],
    ['null', undefined],
    ['None', undefined],
    [null, undefined],
    [undefined, undefined],
    [{}, undefined],
  ])('is read from %j as %j', (value, id) => {
    expect(readCallId(value)).toBe(id);
  });
});
