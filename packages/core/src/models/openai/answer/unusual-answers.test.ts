import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../model-provider.ts';
import { gather, readBody } from './read-body.ts';

describe('an error in place of an answer, or within it,', () => {
  const text = 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n';
  const flat = JSON.stringify({ object: 'error', message: 'too many', type: 'RateLimitError', code: 429 });
  const nested = JSON.stringify({ error: { message: 'too many', code: 429 } });

  test.each([
    ['as JSON', nested],
    ['as a list', `[${nested}]`],
    ['as flat JSON', flat],
    ['as the first event', `data: ${nested}\n\ndata: [DONE]\n\n`],
    ['as an event of that name', 'event: error\ndata: {"message":"too many","code":429}\n\n'],
    ['behind empty choices', `data: {"choices":[],"error":{"message":"too many","code":"429"}}\n\n`],
    [
      'in a choice',
      `${text}data: {"choices":[{"delta":{},"finish_reason":"error","error":{"message":"too many","code":429}}]}\n\n`,
    ],
    ['as JSON on a line of its own', `${text}${nested}\n`],
    ['as flat JSON in an event', `${text}data: ${flat}\n\ndata: [DONE]\n\n`],
    [
      'with a reason for the end before it',
      `${text}data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: ${nested}\n\n`,
    ],
  ])('%s is what it says it is', async (_, body) => {
    const every = Array.from({ length: body.length }, (_, at) => at);
    for (const places of [[], every]) {
      await expect(readBody(Buffer.from(body), places)).rejects.toMatchObject({
        code: 'rate_limit_exceeded',
        message: expect.stringContaining('too many'),
      });
    }
  });

  test.each(['null', '""', '{}', 'false', '[]', '{"code":null,"message":""}'])(
    'of %s is none',
    async (nothing) => {
      const body = `data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}],"error":${nothing}}\n\n`;
      expect(gather(await readBody(Buffer.from(body)))).toMatchObject({ text: 'Hi', end: 'stop' });
    },
  );
});

describe('what cannot be read', () => {
  const chunk = (delta: unknown, more: object = {}) =>
    `data: ${JSON.stringify({ choices: [{ delta, ...more }] })}\n\n`;
  const stop = chunk({}, { finish_reason: 'stop' });

  test.each([
    ['a content that is a number', chunk({ content: 42 }) + stop, /a content with a number/],
    [
      'a part of an unknown type',
      chunk({ content: [{ type: 'image_url', image_url: {} }] }) + stop,
      /"image_url"/,
    ],
    ['a part without its text', chunk({ content: [{ type: 'text', text: 7 }] }) + stop, /type "text"/],
    ['a delta that is a text', chunk('Hi') + stop, /a delta that is a text/],
    ['a choice that is a text', 'data: {"choices":["Hi"]}\n\n', /a choice that is a text/],
    ['calls that are a text', chunk({ tool_calls: 'f()' }) + stop, /a tool call that is a text/],
    ['a field that nobody knows in place of the content', chunk({ output: 'Hi' }) + stop, /"output"/],
    ['a call that was announced and did not come', chunk({}, { finish_reason: 'tool_calls' }), /but no call/],
    [
      'another protocol',
      'data: {"model":"m","message":{"role":"assistant","content":"Hi"},"done":false}\n\n',
      /"message"/,
    ],
    ['a number', 'data: 42\n\n', /a number/],
    ['no JSON', 'data: {"choices":[\n\n', /no JSON/],
    ['plain text', 'upstream connect error sk-secret', /upstream connect error \[redacted\]/],
  ])('is named: %s', async (_, body, message) => {
    await expect(readBody(Buffer.from(body))).rejects.toMatchObject({
      code: 'upstream_bad_chunk',
      message: expect.stringMatching(message),
    });
  });

  test.each([
    ['nothing at all', ''],
    ['comments', ': ping\n\n'],
    ['[DONE] alone', 'data: [DONE]\n\n'],
    ['text and [DONE] without a reason', `${chunk({ content: 'Hi' })}data: [DONE]\n\n`],
    [
      'half a call and [DONE] without a reason',
      `${chunk({ tool_calls: [{ function: { name: 'f', arguments: '{"a"' } }] })}data: [DONE]\n\n`,
    ],
    ['half of a JSON', '{"choices":[{"message":{"content":"Hi'],
    ['an event without an end', 'data: {"choices":[{"delta":{"content":"Hi"}}]}'],
    ['the beginning of an event', `${chunk({ content: 'Hi' })}data: {"choices":[{"delta":{"content":"H`],
    ['the beginning of a mark', `${chunk({ content: 'Hi' })}data: [DO`],
    ['a line of two', 'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\ndata: {"cho'],
  ])('%s is no answer', async (_, body) => {
    await expect(readBody(Buffer.from(body))).rejects.toMatchObject({ code: 'upstream_cut' });
  });

  test.each([
    ['whole calls', chunk({ tool_calls: [{ function: { name: 'f', arguments: '{"a":1}' } }] }), 'tool_calls'],
    ['usage', `${chunk({ content: 'Hi' })}data: {"choices":[],"usage":{"completion_tokens":1}}\n\n`, 'stop'],
    [
      'a chunk that says nothing more',
      chunk({ content: 'Hi' }) + chunk({ content: '' }, { finish_reason: '' }),
      'stop',
    ],
  ])('%s and [DONE] are an end without a reason', async (_, body, end) => {
    expect(gather(await readBody(Buffer.from(`${body}data: [DONE]\n\n`)))).toMatchObject({ end });
  });

  test('an answer may be empty', async () => {
    expect(
      gather(await readBody(Buffer.from(chunk({ role: 'assistant', content: '' }) + stop))),
    ).toMatchObject({
      text: '',
      end: 'stop',
    });
  });
});

describe('a body that ends without a blank line', () => {
  const text = 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n';

  test.each([
    ['its last chunk', 'data: {"choices":[{"delta":{"content":"!"},"finish_reason":"stop"}]}'],
    [
      'its last chunk and a line feed',
      'data: {"choices":[{"delta":{"content":"!"},"finish_reason":"stop"}]}\n',
    ],
    [
      'chunks and [DONE] on neighbouring lines',
      'data: {"choices":[{"delta":{"content":"!"}}]}\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\ndata: [DONE]',
    ],
  ])('ends with %s', async (_, last) => {
    const body = Buffer.from(text + last);
    for (const places of [[], [...body.keys()]])
      expect(gather(await readBody(body, places))).toMatchObject({ text: 'Hi!', end: 'stop' });
  });

  test('ends with the error that it tells of', async () => {
    await expect(
      readBody(Buffer.from(`${text}data: {"error":{"message":"too many","code":429}}`)),
    ).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
  });
});

test('a JSON value that does not end is left before it fills the memory', async () => {
  await expect(readBody(Buffer.from(`[${'{}\n,'.repeat(400_000)}`))).rejects.toMatchObject({
    code: 'upstream_bad_chunk',
  });
});

describe('a character in two halves', () => {
  const halves = ['a\ud83d', '\ude00b'];
  const toDeltas = (toDelta: (half: string) => object, pieces = halves) =>
    pieces.map((half) => `data: ${JSON.stringify({ choices: [{ delta: toDelta(half) }] })}\n\n`).join('');
  const stop = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';
  const texts = (events: readonly ModelEvent[]) =>
    events.map((event) => ('text' in event ? event.text : 'arguments' in event ? event.arguments : ''));

  test.each([
    ['a text', (content: string) => ({ content }), { text: 'a😀b' }],
    ['a reasoning', (reasoning: string) => ({ reasoning }), { reasoning: 'a😀b' }],
    [
      'arguments',
      (text: string) => ({ tool_calls: [{ index: 0, function: { name: 'f', arguments: text } }] }),
      { calls: [{ name: 'f', arguments: 'a😀b' }] },
    ],
  ])('of %s comes whole', async (_, toDelta, said) => {
    const events = await readBody(Buffer.from(toDeltas(toDelta) + stop));
    expect(gather(events)).toMatchObject(said);
    expect(texts(events).every((text) => text.isWellFormed())).toBe(true);
  });

  test('of which one never comes is U+FFFD', async () => {
    const lone = toDeltas((content) => ({ content }), ['a\ud83d', 'b', '\ude00', 'c\ud83d']);
    expect(gather(await readBody(Buffer.from(lone + stop))).text).toBe('a\ufffdb\ufffdc\ufffd');
  });
});

describe('tokens', () => {
  const toBody = (last: object, choice: object = {}) =>
    Buffer.from(
      `data: ${JSON.stringify({ choices: [{ delta: { content: 'Hi' }, finish_reason: 'stop', ...choice }], ...last })}\n\n`,
    );

  test.each([
    [{ usage: { prompt_tokens: 3, completion_tokens: 4 } }, {}],
    [{}, { usage: { prompt_tokens: 3, completion_tokens: 4 } }],
    [{ usage: null }, { usage: { prompt_tokens: '3', completion_tokens: 4.2 } }],
    [{ usage: { input_tokens: 3, output_tokens: 4 } }, {}],
    [{ x_groq: { usage: { prompt_tokens: 3, completion_tokens: 4 } } }, {}],
  ])('are read from %j and a choice with %j', async (last, choice) => {
    expect((await readBody(toBody(last, choice))).at(-1)).toMatchObject({
      usage: { promptTokens: 3, completionTokens: 4 },
    });
  });

  test.each([{}, { usage: {} }, { usage: { prompt_tokens: 0, completion_tokens: 0 } }])(
    'are the deltas with %j',
    async (last) => {
      expect((await readBody(toBody(last))).at(-1)).toMatchObject({ usage: { completionTokens: 1 } });
    },
  );
});

describe('reasoning', () => {
  test.each([
    [{ reasoning_content: 'Hm' }],
    [{ reasoning: 'Hm', reasoning_content: 'Hm' }],
    [
      {
        reasoning_details: [
          { type: 'reasoning.text', text: 'Hm' },
          { type: 'reasoning.encrypted', data: 'x' },
        ],
      },
    ],
    [{ reasoning: { text: 'Hm' } }],
    [{ thinking: 'Hm' }],
    [
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] },
          { type: 'text', text: '' },
        ],
      },
    ],
    [
      {
        content: [
          { type: 'reasoning', reasoning: 'Hm' },
          { type: 'reference', reference_ids: [1] },
        ],
      },
    ],
    [{ content: { type: 'thinking', thinking: 'Hm' } }],
  ])('is read from %j', async (delta) => {
    const body = `data: ${JSON.stringify({ choices: [{ delta, finish_reason: 'stop' }] })}\n\n`;
    expect(gather(await readBody(Buffer.from(body)))).toMatchObject({ reasoning: 'Hm', text: '' });
  });
});
