import { describe, expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { gatedAnswer } from '../support/gated-answer.ts';
import { openSse, parseEvents, type RawStream } from '../support/read-sse.ts';
import { chatChunk, textAnswer, toolCallAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';

const calute = share(async () => {
  const installation = await prepareCalute([
    { id: 'echo', model: 'offline:echo' },
    { id: 'lorem', model: 'offline:lorem?tokens=12&delayMs=2' },
    ...passOn('joined', 'two-tools', 'cut-short', 'silent', 'thinks'),
  ]);
  const settings = { SSE_HEARTBEAT_MS: '100', SSE_HEADERS_AFTER_MS: '150' };
  const [api] = await Promise.all([installation.startApi(settings), installation.startWorker()]);
  return { ...installation, api };
});

function stream(body: object, headers: Record<string, string> = {}): Promise<RawStream> {
  return openSse(`${calute().api.url}/v1/chat/completions`, { body: { ...body, stream: true }, headers });
}

interface Chunk {
  readonly choices: readonly {
    readonly index: number;
    readonly delta: Record<string, unknown>;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: unknown;
}

/** The chunks of a whole stream, after a look at what must hold for any of them. */
function readChunks(text: string, firstContent: '' | null = ''): Chunk[] {
  const events = parseEvents(text);
  expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)?.data).toBe('[DONE]');
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  const parsed = events.slice(0, -1).map(({ data }) => JSON.parse(data));
  const heads = parsed.map(({ id, object, created, model }) => ({ id, object, created, model }));
  for (const head of heads) expect(head).toEqual({ ...heads[0], object: 'chat.completion.chunk' });
  expect(heads[0]).toMatchObject({ id: expect.stringMatching(/^chatcmpl-/), created: expect.any(Number) });
  const choices: Chunk['choices'] = parsed.flatMap((chunk) => chunk.choices);
  expect(choices[0]).toEqual({
    index: 0,
    delta: { role: 'assistant', content: firstContent },
    finish_reason: null,
  });
  for (const { delta } of choices.slice(1)) expect(delta).not.toHaveProperty('role');
  const reasons = choices.map(({ finish_reason }) => finish_reason);
  expect(reasons.slice(0, -1)).toEqual(Array(choices.length - 1).fill(null));
  expect(reasons.at(-1)).toMatch(/^(stop|length|tool_calls|content_filter)$/);
  return parsed;
}

describe('the bytes of a stream', () => {
  it('begin with headers that no proxy may collect, compress or cache', async () => {
    await using answer = await stream(ask('echo'), { 'accept-encoding': 'gzip, br' });
    expect(answer.status).toBe(200);
    const headers = Object.fromEntries(answer.headers);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': expect.stringMatching(/^req_/),
    });
    expect(headers).not.toHaveProperty('content-length');
    expect(headers).not.toHaveProperty('content-encoding');
    await answer.readAll();
  });

  it('are dense events with one role, one finish reason and [DONE], and no usage that was not asked for', async () => {
    await using answer = await stream(ask('lorem'));
    const text = await answer.readAll();
    const said = readChunks(text).map(({ choices }) => choices[0]?.delta['content'] ?? '');
    expect(said.filter((content) => content !== '').length).toBeGreaterThan(1);
    expect(said.join('').split(' ')).toHaveLength(12);
    expect(text).not.toContain('usage');
  });

  it('say in one chunk what the upstream says at once, and apart what it says apart', async () => {
    const { upstream } = calute();
    await upstream.script('joined', gatedAnswer(['one ', 'two '], 'joined', ['three ', 'four']));
    await using answer = await stream(ask('joined'));
    await answer.readUntil((text) => text.includes('two '));
    await upstream.release('joined');
    const chunks = readChunks(await answer.readAll());
    expect(chunks.map(({ choices }) => choices[0]?.delta['content'])).toEqual([
      '',
      'one two ',
      'three four',
      undefined,
    ]);
  });

  it('have null usage everywhere but in one last chunk of the same id', async () => {
    await using answer = await stream({ ...ask('lorem'), stream_options: { include_usage: true } });
    const chunks = readChunks(await answer.readAll());
    expect(chunks.slice(0, -1).map(({ usage }) => usage)).toEqual(Array(chunks.length - 1).fill(null));
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: 1,
        completion_tokens: 12,
        total_tokens: 13,
        processing_time: expect.any(Number),
        tokens_per_second: expect.any(Number),
      },
    });
  });

  it('open each tool call once, with keys absent afterwards', async () => {
    const calls = [
      { id: 'call_a', name: 'weather', arguments: '{"city":"Oslo"}' },
      { id: 'call_b', name: 'weather', arguments: '{"city":"Rome"}' },
    ];
    await calute().upstream.script('two-tools', toolCallAnswer(calls));
    const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } };
    await using answer = await stream({ ...ask('two-tools'), tools: [weather] });
    const chunks = readChunks(await answer.readAll(), null);
    expect(chunks.flatMap(({ choices }) => choices[0]?.delta['tool_calls'] ?? [])).toEqual(
      calls.flatMap(({ id, name, arguments: args }, index) => [
        { index, id, type: 'function', function: { name, arguments: '' } },
        { index, function: { arguments: args } },
      ]),
    );
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('tell a token limit by the finish reason of the upstream', async () => {
    await calute().upstream.script('cut-short', textAnswer(['So'], { finishReason: 'length' }));
    await using answer = await stream(ask('cut-short'));
    expect(readChunks(await answer.readAll()).at(-1)?.choices[0]?.finish_reason).toBe('length');
  });

  it('keep a silent connection alive by single comment lines, before and after the first event', async () => {
    const { upstream } = calute();
    const gates = ['first', 'second'].map((name) => ({ type: 'gate' as const, name }));
    const [head, ...rest] = textAnswer(['late']);
    if (head?.type !== 'chunks' || !gates[0] || !gates[1]) throw new Error('unexpected script');
    const said = { type: 'chunks' as const, chunks: [chatChunk({ content: 'soon, ' })] };
    await upstream.script('silent', [gates[0], said, gates[1], head, ...rest]);
    await using answer = await stream(ask('silent'));
    await answer.readUntil((text) => text.startsWith(': keep-alive\n: keep-alive\n'));
    await upstream.release('first');
    await answer.readUntil((text) => /"content":"soon, "[^\n]*\n\n: keep-alive\n/.test(text));
    await upstream.release('second');
    const text = await answer.readAll();
    expect(text).not.toMatch(/: keep-alive\n\n/);
    expect(text).not.toMatch(/id: \d+\n: keep-alive/);
    expect(readChunks(text).map(({ choices }) => choices[0]?.delta['content'])).toEqual([
      '',
      'soon, ',
      'late',
      undefined,
    ]);
  });

  it('carry reasoning beside the content, under both names', async () => {
    await calute().upstream.script('thinks', [
      {
        type: 'chunks',
        chunks: [chatChunk({ role: 'assistant', content: '' }), chatChunk({ reasoning_content: 'Hm' })],
      },
      ...textAnswer(['Yes']),
    ]);
    await using answer = await stream(ask('thinks'));
    const deltas = readChunks(await answer.readAll()).map(({ choices }) => choices[0]?.delta);
    expect(deltas).toContainEqual({ reasoning: 'Hm', reasoning_content: 'Hm' });
    expect(deltas.map((delta) => delta?.['content'] ?? '').join('')).toBe('Yes');
  });
});
