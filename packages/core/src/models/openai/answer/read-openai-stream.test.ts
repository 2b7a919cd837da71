import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chatChunk } from '../../../../../../tests/support/scripted-upstream-chunks.ts';
import { emptyCall } from '../../fake-upstream.ts';
import type { ModelEvent } from '../../model-provider.ts';
import { readOpenAiStream } from './read-openai-stream.ts';

const toOptions = (wantsLogprobs = false) => ({
  upstream: { host: 'up', apiKey: undefined },
  call: { ...emptyCall, parameters: { logprobs: wantsLogprobs } },
  signal: new AbortController().signal,
});

/** What comes of a body, a failure included; neighbouring deltas, which may come as one, joined. */
async function read(pieces: readonly Uint8Array[], wantsLogprobs = false): Promise<unknown[]> {
  const seen: (ModelEvent | { readonly failed: unknown })[] = [];
  try {
    for await (const events of readOpenAiStream(toBody(pieces), toOptions(wantsLogprobs)))
      for (const event of events) seen.push(join(seen, event));
  } catch (error) {
    seen.push({ failed: error instanceof Error ? error.message : error });
  }
  return seen;
}

function join(seen: (ModelEvent | { readonly failed: unknown })[], event: ModelEvent): ModelEvent {
  const last = seen.at(-1);
  if (last === undefined || 'failed' in last || !('text' in last) || !('text' in event)) return event;
  if (last.type !== event.type || 'logprobs' in last || 'logprobs' in event) return event;
  seen.pop();
  return { ...event, text: last.text + event.text };
}

async function* toBody(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** Of a body that comes byte by byte no event is there as a whole, so each is parsed. */
const readSlowly = (body: string, wantsLogprobs?: boolean) =>
  read(
    Array.from(Buffer.from(body), (byte) => Uint8Array.of(byte)),
    wantsLogprobs,
  );

function cut(body: Buffer, places: readonly number[]): Uint8Array[] {
  const at = places.map((place) => place % (body.length + 1)).toSorted((one, other) => one - other);
  return [0, ...at].map((from, index) => body.subarray(from, at[index]));
}

const chunk = (literal: string, { key = 'content', end = '\n\n', logprobs = 'null', more = '' } = {}) =>
  `data: {"id":"a","choices":[{"index":0,"delta":{"${key}":${literal}},"logprobs":${logprobs},"finish_reason":null}${more}]}${end}`;

const text = fc.oneof(
  fc.string({ maxLength: 30, unit: 'binary' }),
  fc.constantFrom(
    'a',
    ' the',
    '',
    ':',
    '"',
    '\n',
    '\\',
    'Grüße',
    '🙂',
    'content',
    'longer than thirteen',
    '"},"x":{"',
  ),
);
const literal = fc.oneof(
  { weight: 8, arbitrary: text.map((value) => JSON.stringify(value)) },
  fc.constantFrom('"\\u00e9\\ud83d\\ude42"', '"\\ud83d"', '"/\\/"', 'null', '1', '{}', '[]', '""'),
  // No JSON, though all around it is as before.
  fc.constantFrom(
    '"a"b"',
    '"\\"',
    '"\\x"',
    '"\\u12"',
    '"a\tb"',
    '"a\nb"',
    '"a\r\nb"',
    '"',
    'a',
    '"a","content":"b"',
  ),
);
const other = fc.constantFrom(
  ': ping\n\n',
  'data: [DONE]\n\n',
  'event: x\n\n',
  'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n',
  'data: {"choices":[],"service_tier":"flex"}\n\n',
  chatChunk({ content: 'b' }, null, { service_tier: 'default' }),
  chatChunk({ content: 'b' }, 'stop'),
  chatChunk({ content: 'b', reasoning: 'c' }),
  chatChunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } }] }),
  chunk('"b"', { more: ',{"index":1,"delta":{"content":"c"}}' }),
  'data: {"choices":[{"delta":\ndata: {"content":"b"}}]}\n\n',
  'data: {"error":{"message":"GPU on fire"}}\n\n',
  'data: {"choices":[{"delta":{"content":"b"}}]}\r\r',
);
const stretch = fc
  .record({
    key: fc.constantFrom('content', 'content', 'reasoning_content', 'refusal'),
    end: fc.constantFrom('\n\n', '\n\n', '\r\n\r\n', '\n\r\n', '\r\r', '\n: x\n\n'),
    logprobs: fc.constantFrom('null', 'null', '{"content":[{"token":"b"}]}'),
    literals: fc.array(literal, { minLength: 2, maxLength: 6 }),
  })
  .map(({ literals, ...shape }) => literals.map((one) => chunk(one, shape)).join(''));
const stream = fc.array(fc.oneof({ weight: 3, arbitrary: stretch }, other), { maxLength: 6 });

describe('chunks that differ from the one before in their text only', () => {
  test('are read as if each were parsed, wherever the bytes are cut', { timeout: 60_000 }, async () => {
    const property = fc.asyncProperty(
      stream,
      fc.array(fc.nat(), { maxLength: 4 }),
      fc.boolean(),
      async (parts, places, wantsLogprobs) => {
        const body = parts.join('') + chatChunk({}, 'stop');
        expect(await read(cut(Buffer.from(body), places), wantsLogprobs)).toEqual(
          await readSlowly(body, wantsLogprobs),
        );
      },
    );
    await fc.assert(property, { numRuns: 1000 });
  });

  test.each(['\n\n', '\r\n\r\n'])('are read wherever one cut falls, with %j', async (end) => {
    const said = ['Grüße, ', '世界 🙂', ' "x"\n', 'more than thirteen letters', 'é', ' end'];
    const body = Buffer.from(
      said.map((one) => chunk(JSON.stringify(one), { end })).join('') + chatChunk({}, 'stop'),
    );
    for (let at = 0; at <= body.length; at++) {
      expect(await read([body.subarray(0, at), body.subarray(at)])).toMatchObject([
        { type: 'text-delta', text: said.join('') },
        { type: 'model-end', usage: { completionTokens: said.length } },
      ]);
    }
  });

  test('come as few deltas, none of them long', async () => {
    const body = Buffer.from(chunk('"0123456789"').repeat(1000) + chatChunk({}, 'stop'));
    const [events] = await Array.fromAsync(readOpenAiStream(toBody([body]), toOptions()));
    const lengths = events?.map((event) => (event.type === 'text-delta' ? event.text.length : 0));
    expect(lengths).toEqual([10, 4100, 4100, 1790]);
  });

  test('may hold any amount of text', async () => {
    const long = JSON.stringify('x"'.repeat(200_000));
    const body = chunk('"a"') + chunk(long) + chunk(long) + chatChunk({}, 'stop');
    const [delta] = await read([Buffer.from(body)]);
    expect(delta).toEqual({ type: 'text-delta', text: `a${'x"'.repeat(400_000)}` });
  });

  test.each([
    ['stands before it', (one: string) => one.replace('"id":"a"', '"id":"same"')],
    ['stands behind it', (one: string) => one.replace('"logprobs":null', '"logprobs":"same"')],
    ['stands in a comment', (one: string) => `${one.trimEnd()}\n: "same"\n\n`],
  ])('are told from others when the same text %s', async (_, change) => {
    const other = (one: string) => change(one).replace(/"same"(?=,"(?:choices|finish)|\n\n)/, '"other"');
    const body = [change(chunk('"same"')), other(chunk('"same"')), other(chunk('"next"'))].join('');
    expect(await read([Buffer.from(body + chatChunk({}, 'stop'))])).toEqual(
      await readSlowly(body + chatChunk({}, 'stop')),
    );
  });
});
