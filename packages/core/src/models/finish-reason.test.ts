import { describe, expect, test } from 'vitest';
import { isOverloadReason, readFinishReason, toFinishReason } from './finish-reason.ts';

describe('the reason for an end', () => {
  test.each([
    ['stop', 'stop'],
    ['STOP', 'stop'],
    ['FinishReason.STOP', 'stop'],
    ['eos', 'stop'],
    ['end_turn', 'stop'],
    ['tool_calls', 'stop'],
    ['tool-calls', 'stop'],
    ['length', 'length'],
    ['model_length', 'length'],
    ['MAX_TOKENS', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['content_filter', 'content_filter'],
    ['content-filter', 'content_filter'],
    ['sensitive', 'content_filter'],
    ['refusal', 'content_filter'],
    ['error', undefined],
    ['network_error', undefined],
    ['insufficient_system_resource', undefined],
    ['constructor', undefined],
    ['what nobody knows', undefined],
    [undefined, undefined],
  ])('%j is %j', (raw, reason) => {
    expect(toFinishReason(raw, false)).toBe(reason);
  });

  test.each(['stop', 'end_turn', 'tool_calls', 'function_call', 'tool_use'])(
    '%j with calls is tool_calls',
    (raw) => {
      expect(toFinishReason(raw, true)).toBe('tool_calls');
    },
  );

  test.each(['length', 'content_filter'])('%j stays what it is with calls', (raw) => {
    expect(toFinishReason(raw, true)).toBe(raw);
  });

  test('tells an overload from other failures', () => {
    expect([isOverloadReason('insufficient_system_resource'), isOverloadReason('error')]).toEqual([
      true,
      false,
    ]);
  });

  test.each(['', 'null', null, undefined, 0, true, {}])('%j says that the answer goes on', (value) => {
    expect(readFinishReason(value)).toBe(undefined);
  });
});
