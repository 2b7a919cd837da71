import { describe, expect, test } from 'vitest';
import type { ClientTool } from '../request/client-tool.ts';
import type { Message } from '../request/message.ts';
import type { ModelCall, ModelEvent } from './model-provider.ts';
import { createOfflineProvider } from './offline.ts';

const user = (content: string): Message => ({ role: 'user', content });
const weather: ClientTool = { type: 'function', function: { name: 'weather' } };
const other: ClientTool = { type: 'function', function: { name: 'other' } };

function call(parts: Partial<ModelCall>): ModelCall {
  return { messages: [user('hi')], sampling: {}, tools: [], toolChoice: undefined, parameters: {}, ...parts };
}

async function run(
  model: string,
  parts: Partial<ModelCall>,
  signal = new AbortController().signal,
): Promise<ModelEvent[]> {
  return (await Array.fromAsync(createOfflineProvider(model).stream(call(parts), signal))).flat();
}

const textOf = (events: readonly ModelEvent[]) =>
  events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
const endOf = (events: readonly ModelEvent[]) => {
  const end = events.at(-1);
  return end?.type === 'model-end' ? end : undefined;
};

describe('offline:echo', () => {
  test('streams the last user message token by token and counts', async () => {
    const messages: Message[] = [user('old'), { role: 'assistant', content: 'x' }, user('one two three')];
    const events = await run('echo', { messages });
    expect(events).toEqual([
      { type: 'text-delta', text: 'one' },
      { type: 'text-delta', text: ' two' },
      { type: 'text-delta', text: ' three' },
      {
        type: 'model-end',
        finishReason: 'stop',
        usage: { promptTokens: 5, completionTokens: 3, cachedTokens: 0, reasoningTokens: 0 },
      },
    ]);
  });

  test('joins text parts and passes over images', async () => {
    const content = [
      { type: 'text' as const, text: 'a ' },
      { type: 'image_url' as const, image_url: { url: 'https://x.test/i.png', detail: undefined } },
      { type: 'text' as const, text: 'b' },
    ];
    expect(textOf(await run('echo', { messages: [{ role: 'user', content, name: undefined }] }))).toBe('a b');
  });

  test('says the result of a tool that came last', async () => {
    const messages: Message[] = [user('ask'), { role: 'tool', tool_call_id: 'c', content: 'sunny' }];
    expect(textOf(await run('echo', { messages }))).toBe('sunny');
  });

  test('leaves a turn of the event loop between tokens', async () => {
    const order: string[] = [];
    const stream = createOfflineProvider('echo').stream(
      call({ messages: [user('a b c')] }),
      new AbortController().signal,
    );
    for await (const [event] of stream) {
      if (event?.type !== 'text-delta') continue;
      order.push(event.text);
      setImmediate(() => order.push('turn'));
    }
    expect(order).toEqual(['a', 'turn', ' b', 'turn', ' c']);
  });

  test('gives valid JSON when asked for a JSON object, and an instance when asked by a schema', async () => {
    const parameters = { response_format: { type: 'json_object' as const } };
    expect(JSON.parse(textOf(await run('echo', { messages: [user('say "x"')], parameters })))).toEqual({
      echo: 'say "x"',
    });
    const schema = { type: 'object', properties: { say: { type: 'string' } }, required: ['say'] };
    const json_schema = { name: 'n', description: undefined, schema, strict: undefined };
    const text = textOf(
      await run('echo', { parameters: { response_format: { type: 'json_schema', json_schema } } }),
    );
    expect(JSON.parse(text)).toEqual({ say: 'hi' });
  });

  test('honours maxTokens and stop', async () => {
    const events = await run('echo', { messages: [user('one two three')], sampling: { maxTokens: 2 } });
    expect([textOf(events), endOf(events)?.finishReason]).toEqual(['one two', 'length']);
    expect(
      textOf(await run('echo', { messages: [user('one two three')], sampling: { stop: ['two'] } })),
    ).toBe('one ');
  });
});

describe('tool calls of the offline models', () => {
  const asked = [user('call weather {"city": "Rome"}')];

  test('come from the command, with argument deltas', async () => {
    const events = await run('echo', { messages: asked, tools: [weather] });
    expect(events[0]).toMatchObject({
      type: 'tool-call',
      index: 0,
      name: 'weather',
      id: expect.stringMatching(/^call_\w{24}$/),
    });
    const deltas = events.flatMap((event) => (event.type === 'tool-call-delta' ? [event.arguments] : []));
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.join('')).toBe('{"city": "Rome"}');
    expect(endOf(events)?.finishReason).toBe('tool_calls');
  });

  test('never come without such a tool, with choice none, or from other text', async () => {
    expect(textOf(await run('echo', { messages: asked }))).toBe('call weather {"city": "Rome"}');
    expect(textOf(await run('echo', { messages: asked, tools: [other] }))).toContain('call weather');
    expect(textOf(await run('echo', { messages: asked, tools: [weather], toolChoice: 'none' }))).toContain(
      'call weather',
    );
    expect(
      textOf(await run('echo', { messages: [user('please call weather {}')], tools: [weather] })),
    ).toContain('please');
  });

  test('come always when the choice requires one', async () => {
    const first = async (parts: Partial<ModelCall>) =>
      (await run('echo', { tools: [weather, other], ...parts }))[0];
    expect(await first({ toolChoice: 'required' })).toMatchObject({ name: 'weather' });
    const named = { type: 'function' as const, function: { name: 'other' } };
    expect(await first({ toolChoice: named, messages: asked })).toMatchObject({ name: 'other' });
    const allowed = { mode: 'required' as const, tools: [{ type: 'function', function: { name: 'other' } }] };
    expect(await first({ toolChoice: { type: 'allowed_tools', allowed_tools: allowed } })).toMatchObject({
      name: 'other',
    });
  });

  test('have a small instance of the tool’s schema for arguments when a choice requires them', async () => {
    const parameters = {
      type: 'object',
      properties: {
        city: { type: 'string' },
        days: { type: 'integer', minimum: 1 },
        note: { type: 'string' },
      },
      required: ['city', 'days'],
    };
    const forecast = { ...weather, function: { ...weather.function, name: 'forecast', parameters } };
    const toolChoice = { type: 'function' as const, function: { name: 'forecast' } };
    const events = await run('lorem', { tools: [weather, forecast], toolChoice, messages: [user('Bern')] });
    const deltas = events.flatMap((event) => (event.type === 'tool-call-delta' ? [event.arguments] : []));
    expect(events[0]).toMatchObject({ name: 'forecast' });
    expect(JSON.parse(deltas.join(''))).toEqual({ city: 'Bern', days: 1 });
  });

  test('are refused for a choice that names an unknown tool', async () => {
    const toolChoice = { type: 'function' as const, function: { name: 'nope' } };
    await expect(run('echo', { tools: [weather], toolChoice })).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'tool_choice',
    });
  });
});

describe('offline:lorem', () => {
  test('says 40 tokens unless told otherwise, the same for the same seed and messages', async () => {
    const text = async (model: string, seed?: number) =>
      textOf(await run(model, { parameters: seed === undefined ? {} : { seed } }));
    expect(endOf(await run('lorem', {}))?.usage.completionTokens).toBe(40);
    expect(endOf(await run('lorem?tokens=200', {}))?.usage.completionTokens).toBe(200);
    expect(await text('lorem', 1)).toBe(await text('lorem', 1));
    expect(await text('lorem', 1)).not.toBe(await text('lorem', 2));
    expect(textOf(await run('lorem', { messages: [user('else')] }))).not.toBe(await text('lorem'));
  });

  test('ends at once with the reason of an abort, also within a delay', async () => {
    const controller = new AbortController();
    const reason = new Error('gone');
    const stream = createOfflineProvider('lorem?delayMs=60000').stream(call({}), controller.signal);
    const next = stream[Symbol.asyncIterator]().next();
    controller.abort(reason);
    await expect(next).rejects.toBe(reason);
    await expect(run('echo', {}, controller.signal)).rejects.toBe(reason);
  });
});

test('embeddings stop between two inputs at an abort', async () => {
  const controller = new AbortController();
  const reason = new Error('gone');
  const direct = { endpoint: 'embeddings', input: Array.from({ length: 100 }, () => 'a text') } as const;
  const done = run('echo', { direct }, controller.signal);
  setImmediate(() => controller.abort(reason));
  await expect(done).rejects.toBe(reason);
});

test('offline:fail fails with its code after so many tokens', async () => {
  const seen: string[] = [];
  const act = async () => {
    const stream = createOfflineProvider('fail?code=upstream_cut&after=2').stream(
      call({ messages: [user('a b c')] }),
      new AbortController().signal,
    );
    for await (const [event] of stream) if (event?.type === 'text-delta') seen.push(event.text);
  };
  await expect(act()).rejects.toMatchObject({ code: 'upstream_cut' });
  expect(seen).toEqual(['a', ' b']);
});

test('an unknown offline model or option is refused with what is known', () => {
  expect(() => createOfflineProvider('parrot')).toThrow(
    'Unknown offline model "parrot"; known: echo, lorem, fail',
  );
  expect(() => createOfflineProvider('lorem?token=2')).toThrow(
    /Bad options in "offline:lorem\?token=2": .*token/,
  );
  expect(() => createOfflineProvider('fail?code=nope')).toThrow('code: expected an error code');
  expect(() => createOfflineProvider('echo?delayMs=-1')).toThrow('delayMs');
});
