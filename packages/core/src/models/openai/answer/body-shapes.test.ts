import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyCall } from '../../fake-upstream.ts';
import type { ModelEvent } from '../../model-provider.ts';
import { readOpenAiStream } from './read-openai-stream.ts';

const upstream = { host: 'up', apiKey: 'sk-secret' };
const { signal } = new AbortController();

async function read(body: Buffer, places: readonly number[] = []): Promise<readonly ModelEvent[]> {
  const at = places.map((place) => place % (body.length + 1)).toSorted((one, other) => one - other);
  const pieces = [0, ...at].map((from, index) => body.subarray(from, at[index]));
  return (
    await Array.fromAsync(readOpenAiStream(toBody(pieces), { upstream, call: emptyCall, signal }))
  ).flat();
}

async function* toBody(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** What was said, however it was cut. */
function gather(events: readonly ModelEvent[]) {
  const said = { text: '', reasoning: '', calls: [] as { name: string; arguments: string }[], end: '' };
  for (const event of events) {
    if (event.type === 'text-delta') said.text += event.text;
    if (event.type === 'reasoning-delta') said.reasoning += event.text;
    if (event.type === 'tool-call') said.calls[event.index] = { name: event.name, arguments: '' };
    if (event.type === 'tool-call-delta' && said.calls[event.index] !== undefined)
      (said.calls[event.index] as { arguments: string }).arguments += event.arguments; // because it is there
    if (event.type === 'model-end') said.end = event.finishReason;
  }
  return said;
}

const answer = fc.record({
  text: fc.string({ maxLength: 30, unit: 'binary' }),
  reasoning: fc.string({ maxLength: 10 }),
  calls: fc.array(
    fc.record({ name: fc.constant('f'), arguments: fc.json({ maxDepth: 1 }).map((json) => `{"a":${json}}`) }),
    { maxLength: 2 },
  ),
});
type Answer = typeof answer extends fc.Arbitrary<infer Value> ? Value : never;

const pretty = fc.constantFrom(undefined, 2);
const toCalls = ({ calls }: Answer) =>
  calls.map((call, index) => ({ index, id: `c${index}`, type: 'function', function: call }));
const finish = ({ calls }: Answer) => (calls.length > 0 ? 'tool_calls' : 'stop');
const usage = { prompt_tokens: 3, completion_tokens: 4 };

const toMessage = (one: Answer) => ({
  role: 'assistant',
  content: one.text,
  reasoning_content: one.reasoning,
  tool_calls: toCalls(one),
});
const toCompletion = (one: Answer) => ({
  id: 'x',
  object: 'chat.completion',
  choices: [{ index: 0, message: toMessage(one), finish_reason: finish(one) }],
  usage,
});
const toChunks = (one: Answer) => [
  { choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] },
  { choices: [{ index: 0, delta: { reasoning: one.reasoning }, finish_reason: '' }] },
  { choices: [{ index: 0, delta: { content: one.text.slice(0, 3) }, finish_reason: 'null' }] },
  { choices: [{ index: 0, delta: { content: [{ type: 'text', text: one.text.slice(3) }] } }] },
  { choices: [{ index: 0, delta: { tool_calls: toCalls(one) } }] },
  { choices: [{ index: 0, delta: {}, finish_reason: finish(one) }] },
  { choices: null, usage },
];
const toEvents = (values: readonly object[], end = '\n\n', more = '') =>
  values.map((value) => `data: ${JSON.stringify(value)}${end}${more}`).join('');

/** Bodies that say the same. */
const shapes: Readonly<Record<string, (one: Answer, space?: number) => string>> = {
  'an event stream': (one) => `${toEvents(toChunks(one))}data: [DONE]\n\n`,
  'an event stream with CRLF': (one) => `${toEvents(toChunks(one), '\r\n\r\n')}data: [DONE]\r\n\r\n`,
  'an event stream with CR': (one) => `${toEvents(toChunks(one), '\r\r')}data: [DONE]\r\r`,
  'an event stream without [DONE]': (one) => toEvents(toChunks(one)),
  'an event stream with a byte order mark': (one) => `\uFEFF${toEvents(toChunks(one))}data: [DONE]\n\n`,
  'an event stream with empty lines first': (one) => `\n\r\n\n${toEvents(toChunks(one))}data:[DONE]\n\n`,
  'an event stream with keep-alives': (one) =>
    `: hi\n\n${toEvents(toChunks(one), '\n\n', ': ping\n\ndata:\n\ndata: \n\nevent: ping\ndata: {"type":"ping"}\n\nid: 7\n\n:\n')}data: [DONE]\n\n`,
  'an event stream over several lines': (one) =>
    `${toChunks(one)
      .map((value) => `data:${JSON.stringify(value, null, 1).replaceAll('\n', '\ndata:')}\n\n`)
      .join('')}data: [DONE]\n\n`,
  'one event with all of it': (one) => `${toEvents([toCompletion(one)])}data: [DONE]\n\n`,
  'events with a message in place of the delta': (one) =>
    `${toEvents(toChunks(one).map(({ choices, ...rest }) => ({ ...rest, choices: choices?.map(({ delta, ...choice }) => ({ ...choice, message: delta })) })))}data: [DONE]\n\n`,
  'events with the whole message behind them': (one) =>
    `${toEvents([...toChunks(one).slice(0, -2), toCompletion(one)])}data: [DONE]\n\n`,
  JSON: (one, space) => JSON.stringify(toCompletion(one), null, space),
  'JSON with a byte order mark': (one, space) => `\uFEFF${JSON.stringify(toCompletion(one), null, space)}\n`,
  'JSON with [DONE] behind it': (one, space) =>
    `${JSON.stringify(toCompletion(one), null, space)}\n\ndata: [DONE]\n\n`,
  'JSON in a list': (one, space) => JSON.stringify([toCompletion(one)], null, space),
  'a list of chunks': (one, space) => JSON.stringify(toChunks(one), null, space),
  'lines of JSON': (one) =>
    toChunks(one)
      .map((value) => `${JSON.stringify(value)}\n`)
      .join(''),
  'anything, once [DONE] has come': (one) =>
    `${toEvents(toChunks(one))}data: [DONE]\n\n{"error":"x"}\n\ndata: no JSON\n\n${toEvents(toChunks(one))}`,
};

describe.each(Object.entries(shapes))('a body that is %s', (_, toText) => {
  test('says what the model said, wherever it is cut', async () => {
    const property = fc.asyncProperty(
      answer,
      pretty,
      fc.array(fc.nat(), { maxLength: 5 }),
      async (one, space, places) => {
        const events = await read(Buffer.from(toText(one, space)), places);
        // Half a character of UTF-16 does not survive UTF-8.
        const { text, ...rest } = gather(events);
        expect(text.toWellFormed()).toBe(one.text.toWellFormed());
        expect(rest).toEqual({ reasoning: one.reasoning, calls: one.calls, end: finish(one) });
        expect(events.at(-1)).toMatchObject({ usage: { promptTokens: 3, completionTokens: 4 } });
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });
});

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
      await expect(read(Buffer.from(body), places)).rejects.toMatchObject({
        code: 'rate_limit_exceeded',
        message: expect.stringContaining('too many'),
      });
    }
  });

  test.each(['null', '""', '{}', 'false', '[]', '{"code":null,"message":""}'])(
    'of %s is none',
    async (nothing) => {
      const body = `data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}],"error":${nothing}}\n\n`;
      expect(gather(await read(Buffer.from(body)))).toMatchObject({ text: 'Hi', end: 'stop' });
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
    await expect(read(Buffer.from(body))).rejects.toMatchObject({
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
    ['the beginning of an event', 'data: {"choices":[{"delta":{"content":"Hi"}}]}'],
  ])('%s is no answer', async (_, body) => {
    await expect(read(Buffer.from(body))).rejects.toMatchObject({ code: 'upstream_cut' });
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
    expect(gather(await read(Buffer.from(`${body}data: [DONE]\n\n`)))).toMatchObject({ end });
  });

  test('an answer may be empty', async () => {
    expect(gather(await read(Buffer.from(chunk({ role: 'assistant', content: '' }) + stop)))).toMatchObject({
      text: '',
      end: 'stop',
    });
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
    expect((await read(toBody(last, choice))).at(-1)).toMatchObject({
      usage: { promptTokens: 3, completionTokens: 4 },
    });
  });

  test.each([{}, { usage: {} }, { usage: { prompt_tokens: 0, completion_tokens: 0 } }])(
    'are the deltas with %j',
    async (last) => {
      expect((await read(toBody(last))).at(-1)).toMatchObject({ usage: { completionTokens: 1 } });
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
    expect(gather(await read(Buffer.from(body)))).toMatchObject({ reasoning: 'Hm', text: '' });
  });
});
