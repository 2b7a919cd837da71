import { describe, expect, test } from 'vitest';
import { mergeOpaque, type OpaqueFields, opaqueMessageFields, pickOpaque } from './opaque-fields.ts';

const merge = (...deltas: readonly OpaqueFields[]) =>
  deltas.reduce<OpaqueFields | undefined>(mergeOpaque, undefined);

describe('opaque fields', () => {
  test('are picked by name, and only where they can hold something', () => {
    const message = {
      content: 'hi',
      extra_content: { google: {} },
      reasoning_details: null,
      thinking_blocks: 'x',
    };
    expect(pickOpaque(message, opaqueMessageFields)).toEqual({ extra_content: { google: {} } });
    expect(pickOpaque({ content: 'hi' }, opaqueMessageFields)).toBeUndefined();
  });

  test('grow: pieces of one thought become one, and take the signature that comes last', () => {
    const details = merge(
      { reasoning_details: [{ type: 'reasoning.text', text: 'I ', format: 'f', index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.text', text: 'think', signature: null, index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.text', text: '', signature: 'S', index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'D', index: 1 }] },
    );
    expect(details).toEqual({
      reasoning_details: [
        { type: 'reasoning.text', text: 'I think', format: 'f', signature: 'S', index: 0 },
        { type: 'reasoning.encrypted', data: 'D', index: 1 },
      ],
    });
  });

  test('without an index a signed thought is over, and what follows is another', () => {
    const blocks = merge(
      { thinking_blocks: [{ type: 'thinking', thinking: 'a' }] },
      { thinking_blocks: [{ type: 'thinking', thinking: 'b', signature: 'S' }] },
      { thinking_blocks: [{ type: 'thinking', thinking: 'c' }] },
    );
    expect(blocks).toEqual({
      thinking_blocks: [
        { type: 'thinking', thinking: 'ab', signature: 'S' },
        { type: 'thinking', thinking: 'c' },
      ],
    });
  });

  test('two encrypted thoughts without an index stay two', () => {
    const details = merge(
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'A' }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'B' }] },
    );
    expect(details).toEqual({
      reasoning_details: [
        { type: 'reasoning.encrypted', data: 'A' },
        { type: 'reasoning.encrypted', data: 'B' },
      ],
    });
  });

  test('keep what was known of an object, and leave the deltas as they were', () => {
    const first = { extra_content: { google: { thought_signature: 'A' } } };
    expect(merge(first, { extra_content: { google: { other: 1 } } })).toEqual({
      extra_content: { google: { thought_signature: 'A', other: 1 } },
    });
    expect(first).toEqual({ extra_content: { google: { thought_signature: 'A' } } });
  });
});
