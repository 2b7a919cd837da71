import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gather, readBody } from './read-body.ts';

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
        const events = await readBody(Buffer.from(toText(one, space)), places);
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
