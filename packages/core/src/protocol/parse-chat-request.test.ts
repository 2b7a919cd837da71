import { describe, expect, test } from 'vitest';
import { CaluteError } from '../errors.ts';
import { parseChatRequest } from './parse-chat-request.ts';

const messages = [{ role: 'user', content: 'secret prompt' }];

function faultOf(body: unknown): CaluteError {
  try {
    parseChatRequest(body);
  } catch (error) {
    if (CaluteError.is(error)) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

describe('parseChatRequest', () => {
  test('takes null for absent and drops unknown keys', () => {
    const request = parseChatRequest({ model: 'a', messages, temperature: null, top_p: 0, strange: 1 });
    expect(request).toEqual({ model: 'a', messages, top_p: 0 });
  });

  test('takes booleans in metadata for the texts that they are elsewhere', () => {
    const request = parseChatRequest({ model: 'a', messages, metadata: { task_mode: true, a: 'b' } });
    expect(request.metadata).toEqual({ task_mode: 'true', a: 'b' });
  });

  test.each([
    [{ model: 'a', messages: [{ role: 'bad', content: 'x' }] }, 'messages.0.role', "'developer' | 'system'"],
    [
      { model: 'a', messages: [{ role: 'user', content: 5 }] },
      'messages.0.content',
      'expected string or array',
    ],
    [
      { model: 'a', messages: [{ role: 'user', content: [{ type: 'text', text: 4 }] }] },
      'messages.0.content.0.text',
      'expected string',
    ],
    [
      { model: 'a', messages: [{ role: 'user', content: [{ type: 'zzz' }] }] },
      'messages.0.content.0.type',
      "'image_url'",
    ],
    [{ model: 'a', messages: [] }, 'messages', '>=1 items'],
    [{ messages }, 'model', 'expected string, received undefined'],
    [{ model: 'a', messages, temperature: 3 }, 'temperature', '<=2'],
    [{ model: 'a', messages, n: 0 }, 'n', '>=1'],
    [{ model: 'a', messages, stop: 5 }, 'stop', 'expected string or array'],
    [{ model: 'a', messages, stop: ['1', '2', '3', '4', '5'] }, 'stop', '<=4 items'],
    [{ model: 'a', messages, tool_choice: 'x' }, 'tool_choice', '"none"|"auto"|"required" or object'],
    [{ model: 'a', messages, tool_choice: { type: 'custom' } }, 'tool_choice.custom', 'expected object'],
    [{ model: 'a', messages, metadata: { a: 5 } }, 'metadata.a', 'expected string'],
    [{ model: 'a', messages, metadata: { a: 'x'.repeat(513) } }, 'metadata.a', '<=512 characters'],
  ])('names the field at fault in %j', (body, param, expectation) => {
    const fault = faultOf(body);
    expect(fault).toMatchObject({ code: 'invalid_request', status: 400, param });
    expect(fault.message).toContain(`Invalid '${param}': `);
    expect(fault.message).toContain(expectation);
  });

  test('has no param when the whole body is at fault', () => {
    expect(faultOf([])).toMatchObject({ param: undefined });
    expect(faultOf(null).message).toBe('Invalid request body: expected object, received null.');
  });

  test('never repeats what was sent', () => {
    expect(
      faultOf({ model: 'a', messages: [{ role: 'secret prompt', content: 'x' }] }).message,
    ).not.toContain('secret');
  });
});
