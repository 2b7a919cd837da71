import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ScriptedUpstream,
  startScriptedUpstream,
} from '../../../../../tests/support/scripted-upstream.ts';
import {
  chatChunk,
  failure,
  textAnswer,
  toolCallAnswer,
} from '../../../../../tests/support/scripted-upstream-chunks.ts';
import type { UpstreamStep } from '../../../../../tests/support/scripted-upstream-script.ts';
import type { ModelCall, ModelEvent } from '../model-provider.ts';
import { createOpenAiProvider } from '../openai/create-openai-provider.ts';
import { createUpstreamClient } from './upstream-client.ts';
import type { UpstreamLimits } from './upstream-limits.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream[Symbol.asyncDispose]());

const call: ModelCall = {
  messages: [{ role: 'user', content: 'hi', name: undefined }],
  sampling: {},
  tools: [],
  toolChoice: undefined,
  parameters: {},
};
const hi: UpstreamStep = { type: 'chunks', chunks: [chatChunk({ content: 'Hi' })] };
let models = 0;

interface Running {
  readonly seen: ModelEvent[];
  readonly signal?: AbortSignal;
  readonly limits?: Partial<UpstreamLimits>;
  readonly baseUrl?: string;
  readonly onText?: () => void;
}

/** Calls a model, fresh for each test, that follows this script. */
async function run(steps: readonly UpstreamStep[], running: Running = { seen: [] }): Promise<string> {
  const model = `m${++models}`;
  await upstream.script(model, steps);
  await using client = createUpstreamClient(running.limits ?? {});
  const provider = createOpenAiProvider(
    model,
    { baseUrl: running.baseUrl ?? upstream.url, apiKey: 'sk-secret' },
    client,
  );
  for await (const events of provider.stream(call, running.signal ?? new AbortController().signal)) {
    running.seen.push(...events);
    if (events.some(({ type }) => type === 'text-delta')) running.onText?.();
  }
  return model;
}

describe('over real sockets', () => {
  test('a stream arrives whole, and the request is a plain POST', async () => {
    const seen: ModelEvent[] = [];
    const model = await run(textAnswer(['Grüße ', '🙂']), { seen });
    expect(seen.map((event) => (event.type === 'text-delta' ? event.text : event.type))).toEqual([
      'Grüße ',
      '🙂',
      'model-end',
    ]);
    const [request] = await upstream.requests(model);
    expect(request).toMatchObject({ path: '/v1/chat/completions', state: 'finished' });
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer sk-secret',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
    });
  });

  test('a stream survives writes that split its characters', async () => {
    const [whole] = textAnswer(['🙂']);
    const text = whole?.type === 'chunks' ? whole.chunks.join('') : '';
    const at = Buffer.from(text).indexOf(Buffer.from('🙂'));
    const seen: ModelEvent[] = [];
    await run([{ type: 'chunks', chunks: [text], splitAt: [at + 1, at + 2, at + 3] }], { seen });
    expect(seen[0]).toEqual({ type: 'text-delta', text: '🙂' });
  });

  test('tool calls arrive in order', async () => {
    const seen: ModelEvent[] = [];
    await run(toolCallAnswer([{ id: 'a', name: 'f', arguments: '{}' }]), { seen });
    expect(seen.map(({ type }) => type)).toEqual(['tool-call', 'tool-call-delta', 'model-end']);
  });
});

describe('an abort', () => {
  const reason = new Error('the client left');

  test.each([
    ['before the headers', [{ type: 'hang' }]],
    [
      'before the first chunk',
      [{ type: 'head', status: 200, headers: { 'content-type': 'text/event-stream' } }, { type: 'hang' }],
    ],
    ['in mid-stream', [hi, { type: 'hang' }]],
  ] satisfies [string, UpstreamStep[]][])(
    '%s throws its reason and closes the upstream socket',
    async (_, steps) => {
      const controller = new AbortController();
      const running = run(steps, { seen: [], signal: controller.signal });
      const [request] = await upstream.waitForRequests(`m${models}`, 1);
      controller.abort(reason);
      await expect(running).rejects.toBe(reason);
      expect(await upstream.waitForEnd(request?.id ?? -1)).toMatchObject({ state: 'closed-early' });
    },
  );

  test('beforehand sends nothing', async () => {
    await expect(run([hi], { seen: [], signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await upstream.requests(`m${models}`)).toEqual([]);
  });

  test('is not needed by a reader who stops: the socket closes as well', async () => {
    await upstream.script('stopped', [hi, { type: 'hang' }]);
    await using client = createUpstreamClient();
    const provider = createOpenAiProvider('stopped', { baseUrl: upstream.url }, client);
    for await (const [event] of provider.stream(call, new AbortController().signal))
      if (event?.type === 'text-delta') break;
    const [request] = await upstream.requests('stopped');
    expect(await upstream.waitForEnd(request?.id ?? -1)).toMatchObject({ state: 'closed-early' });
  });
});

describe('a bad upstream', () => {
  test.each([
    ['cut in mid-stream', [hi, { type: 'cut' }], {}, 'upstream_cut'],
    ['cut before the headers', [{ type: 'cut' }], {}, 'upstream_cut'],
    ['without a finish reason', [hi], {}, 'upstream_cut'],
    ['without headers', [{ type: 'hang' }], { headersTimeoutMs: 50 }, 'upstream_timeout'],
    [
      'without a first chunk',
      [{ type: 'head', status: 200, headers: {} }, { type: 'hang' }],
      { firstChunkTimeoutMs: 50 },
      'upstream_timeout',
    ],
    ['silent in mid-stream', [hi, { type: 'hang' }], { silenceTimeoutMs: 50 }, 'upstream_timeout'],
    [
      'with a giant line',
      [hi, { type: 'chunks', chunks: ['x'.repeat(2_000_000)] }, { type: 'hang' }],
      {},
      'upstream_bad_chunk',
    ],
    [
      'that is a web page',
      [{ type: 'head', status: 200, headers: { 'content-type': 'text/html' } }, { type: 'hang' }],
      {},
      'upstream_error',
    ],
    ['that redirects', failure(302, {}, { location: 'http://elsewhere.test/' }), {}, 'upstream_error'],
  ] satisfies [string, UpstreamStep[], Partial<UpstreamLimits>, string][])(
    '%s: %#',
    async (_, steps, limits, code) => {
      const seen: ModelEvent[] = [];
      await expect(run(steps, { seen, limits })).rejects.toMatchObject({
        code,
        message: expect.stringContaining('model provider'),
      });
      expect(seen).toEqual(steps[0]?.type === 'chunks' ? [{ type: 'text-delta', text: 'Hi' }] : []);
      const [request] = await upstream.requests(`m${models}`);
      await upstream.waitForEnd(request?.id ?? -1);
    },
  );

  test('that nobody listens at is unreachable, and the message names its host', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo; // because it listens on TCP
    free.close();
    await once(free, 'close');
    const refused = {
      code: 'upstream_unreachable',
      message: expect.stringContaining(`127.0.0.1:${port} (ECONNREFUSED)`),
    };
    await expect(run([], { seen: [], baseUrl: `http://127.0.0.1:${port}/v1` })).rejects.toMatchObject(
      refused,
    );
    const unknown = run([], { seen: [], baseUrl: 'http://calute.invalid/v1' });
    await expect(unknown).rejects.toMatchObject({ code: 'upstream_unreachable' });
  });

  test('that does not speak HTTP is an upstream error', async () => {
    const server = createServer((socket) => socket.resume().end('220 smtp ready\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // because it listens on TCP
    await expect(run([], { seen: [], baseUrl: `http://127.0.0.1:${port}/v1` })).rejects.toMatchObject({
      code: 'upstream_error',
    });
    server.close();
    await once(server, 'close');
  });

  test('reads no more of an endless error page than it has to', async () => {
    const page = [
      { type: 'head', status: 500, headers: {} },
      { type: 'chunks', chunks: ['x'.repeat(100_000)] },
      { type: 'hang' },
    ] satisfies UpstreamStep[];
    await expect(run(page)).rejects.toMatchObject({ code: 'upstream_error' });
  });
});
