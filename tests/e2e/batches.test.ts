import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { OpenAI } from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { batchLine, chat, createBatchClient, hasEnded } from '../support/batch-client.ts';
import { createKeySecrets } from '../support/key-secrets.ts';
import { parseEvents } from '../support/read-sse.ts';
import { failure, textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';

const models = ['up', 'gated', 'moody', 'broken', 'hanging', 'held'];

/** Two replicas, a worker, two tenants. */
const calute = share(async () => {
  await using opened = new AsyncDisposableStack();
  const installation = opened.use(await prepareCalute(passOn(...models)));
  const { upstream } = installation;
  await upstream.script('up', textAnswer(['Hello', ' there']));
  await upstream.script('gated', [{ type: 'gate', name: 'open' }, ...textAnswer(['late'])]);
  await upstream.script('hanging', [{ type: 'hang' }]);
  await upstream.script('broken', failure(400, { error: { message: 'No.', type: 'invalid_request_error' } }));
  const scopes = ['files', 'batches', 'infer'] as const;
  const [one = '', other = ''] = await createKeySecrets(installation.environment, [scopes, scopes]);
  const settings = { WEBHOOKS_ALLOW_PRIVATE: 'true' };
  const [first, second] = await Promise.all([
    installation.startApi(settings),
    installation.startApi(settings),
    installation.startWorker(),
  ]);
  const open = opened.move();
  return {
    upstream,
    first,
    key: one,
    client: createBatchClient(first.url, one),
    replica: createBatchClient(second.url, one),
    stranger: createBatchClient(first.url, other),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
});

const hello = (count: number, model = 'up') =>
  Array.from({ length: count }, (_, index) => batchLine(`line-${index}`, chat(model, `question ${index}`)));

describe('a batch', () => {
  it('runs every line, each result in one file, and tells of it as OpenAI does', async () => {
    const { client, replica } = calute();
    const lines = [
      ...hello(20),
      '',
      batchLine('too-hot', chat('up', 'x', { temperature: 9 })),
      batchLine('nobody', chat('no-such-model', 'x')),
      batchLine('refused', chat('broken', 'x')),
    ];
    const made = await client.submit(lines, { metadata: { kind: 'test' } });
    expect(made).toMatchObject({
      id: expect.stringMatching(/^batch_/),
      object: 'batch',
      status: 'validating',
      errors: null,
      output_file_id: null,
      error_file_id: null,
      expires_at: made.created_at + 86_400,
      completed_at: null,
      request_counts: { total: 0, completed: 0, failed: 0 },
      metadata: { kind: 'test' },
    });
    const batch = await replica.wait(made.id, hasEnded);
    expect(batch).toMatchObject({
      status: 'completed',
      model: 'up',
      in_progress_at: expect.any(Number),
      finalizing_at: expect.any(Number),
      completed_at: expect.any(Number),
      cancelled_at: null,
      request_counts: { total: 23, completed: 20, failed: 3 },
      usage: { input_tokens: 140, output_tokens: 60, total_tokens: 200 },
    });
    const { output, errors } = await replica.results(batch);
    expect(output.map((line) => line.custom_id).toSorted()).toEqual(
      hello(20)
        .map((line) => JSON.parse(line).custom_id)
        .toSorted(),
    );
    expect(output[0]).toMatchObject({
      id: expect.stringMatching(/^batch_req_/),
      response: {
        status_code: 200,
        request_id: expect.stringMatching(/^chatcmpl-/),
        body: { object: 'chat.completion', choices: [{ message: { content: 'Hello there' } }] },
      },
      error: null,
    });
    const codes = errors.map(({ custom_id, response, error }) => [custom_id, response?.status_code, error]);
    expect(codes.toSorted()).toEqual([
      ['nobody', 404, null],
      ['refused', 400, null],
      ['too-hot', 400, null],
    ]);
    const file = await client.openai.files.retrieve(batch.output_file_id ?? '');
    expect(file).toMatchObject({
      purpose: 'batch_output',
      expires_at: (batch.completed_at ?? 0) + 2_592_000,
    });
  });

  it('shows its results while it runs, and keeps them when it is cancelled', async () => {
    const { client, upstream } = calute();
    const lines = [...hello(10), ...hello(5, 'hanging').map((line) => line.replace('line-', 'hanging-'))];
    const made = await client.submit(lines);
    const running = await client.wait(made.id, ({ request_counts: counts }) => counts?.completed === 10);
    expect(running.status).toBe('in_progress');
    expect(await client.read(running.output_file_id)).toHaveLength(10);
    const asked = await upstream.waitForRequests('hanging', 5);
    expect(await client.openai.batches.cancel(made.id)).toMatchObject({ status: 'cancelling' });
    const batch = await client.wait(made.id, hasEnded);
    expect(batch).toMatchObject({
      status: 'cancelled',
      cancelled_at: expect.any(Number),
      request_counts: { total: 15, completed: 10, failed: 5 },
    });
    const { output, errors } = await client.results(batch);
    expect(output).toHaveLength(10);
    expect(errors.map(({ response, error }) => [response, error?.code])).toEqual(
      Array.from({ length: 5 }, () => [null, 'batch_cancelled']),
    );
    for (const { id } of asked) expect((await upstream.waitForEnd(id)).state).toBe('closed-early');
    expect(await client.openai.batches.cancel(made.id)).toMatchObject({ status: 'cancelled' });
  });

  it('expires with its window: both files are there, and lines that were not done say so', async () => {
    const { client } = calute();
    const lines = [...hello(3), batchLine('slow', chat('hanging', 'x'))];
    const made = await client.submit(lines, { completion_window: '2s' });
    const batch = await client.wait(made.id, hasEnded);
    expect(batch).toMatchObject({
      status: 'expired',
      expired_at: expect.any(Number),
      request_counts: { total: 4, completed: 3, failed: 1 },
    });
    const { output, errors } = await client.results(batch);
    expect(output).toHaveLength(3);
    expect(errors).toMatchObject([{ custom_id: 'slow', response: null, error: { code: 'batch_expired' } }]);
  });

  it('waits for a provider that is moody', async () => {
    const { client, upstream } = calute();
    await upstream.script(
      'moody',
      failure(429, { error: { message: 'Slow down.' } }, { 'retry-after': '1' }),
      failure(500, { error: { message: 'Oops.' } }),
      [{ type: 'cut' }],
      failure(503, { error: { message: 'Away.' } }),
      textAnswer(['at last']),
    );
    const made = await client.submit(hello(3, 'moody'));
    const batch = await client.wait(made.id, hasEnded, 30_000);
    expect(batch.request_counts).toEqual({ total: 3, completed: 3, failed: 0 });
  }, 40_000);

  it('takes lines in the request itself, once for an Idempotency-Key', async () => {
    const { client, replica } = calute();
    const body = {
      requests: [{ custom_id: 'a', body: chat('up', 'x') }],
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    };
    const send = (at: typeof client, more: object = {}) =>
      at.openai.post<{ id: string }>('/batches', {
        body: { ...body, ...more },
        headers: { 'idempotency-key': 'once' },
      });
    const [one, two] = await Promise.all([send(client), send(replica)]);
    expect(two.id).toBe(one.id);
    await expect(send(client, { completion_window: '1h' })).rejects.toMatchObject({
      status: 422,
      code: 'idempotency_key_reused',
    });
    const batch = await client.wait(one.id, hasEnded);
    expect(batch.request_counts).toEqual({ total: 1, completed: 1, failed: 0 });
    expect(await client.read(batch.input_file_id)).toMatchObject([{ custom_id: 'a', method: 'POST' }]);
  });

  it('can be sent again as far as it has failed', async () => {
    const { client, upstream } = calute();
    await upstream.script('broken', failure(400, { error: { message: 'No.' } }), textAnswer(['better']));
    const made = await client.submit([...hello(2), batchLine('again', chat('broken', 'x'))]);
    const batch = await client.wait(made.id, hasEnded);
    expect(batch.request_counts).toEqual({ total: 3, completed: 2, failed: 1 });
    const retry = await client.openai.post<{ id: string }>(`/batches/${made.id}/retry`);
    const second = await client.wait(retry.id, hasEnded);
    expect(second.request_counts).toEqual({ total: 1, completed: 1, failed: 0 });
    expect((await client.results(second)).output).toMatchObject([{ custom_id: 'again' }]);
    await expect(client.openai.post(`/batches/${retry.id}/retry`)).rejects.toMatchObject({ status: 400 });
  });

  it('is listed for its tenant alone, newest first, page by page', async () => {
    const { client, stranger } = calute();
    const made = [];
    for (let count = 0; count < 3; count += 1) made.push((await client.submit(hello(1))).id);
    const listed: string[] = [];
    for await (const { id } of client.openai.batches.list({ limit: 2 })) listed.push(id);
    expect(listed.slice(0, 3)).toEqual(made.toReversed());
    expect(new Set(listed).size).toBe(listed.length);
    const page = await stranger.openai.batches.list();
    expect(page.data).toEqual([]);
    const [id = ''] = made;
    for (const attempt of [
      () => stranger.openai.batches.retrieve(id),
      () => stranger.openai.batches.cancel(id),
      () => stranger.openai.post(`/batches/${id}/retry`),
      () => stranger.openai.get(`/batches/${id}/results`),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ status: 404, code: 'batch_not_found' });
    }
  });

  it('can be followed from any result on, to the same lines', async () => {
    const { client, first, key, upstream } = calute();
    const made = await client.submit([...hello(5), batchLine('gated', chat('gated', 'x'))]);
    await client.wait(made.id, ({ request_counts: counts }) => counts?.completed === 5);
    const follow = async (after: number) => {
      const response = await fetch(`${first.url}/v1/batches/${made.id}/results?after=${after}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      expect(response.status).toBe(after === 7 ? 204 : 200);
      return parseEvents(await response.text());
    };
    const all = follow(0);
    await upstream.release('open');
    const events = await all;
    expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(events[6]?.data).toBe('[DONE]');
    expect(JSON.parse(events[5]?.data ?? '')).toMatchObject({ custom_id: 'gated' });
    expect(await follow(3)).toEqual(events.slice(3));
    expect(await follow(6)).toEqual(events.slice(6));
    expect(await follow(7)).toEqual([]);
  });

  it('tells a webhook of its end until that says yes, as the SDK wants to hear it', async () => {
    const { client } = calute();
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const heard: { headers: Headers; body: string }[] = [];
    const server = createServer(async (request, response) => {
      const headers = new Headers(request.headers as Record<string, string>); // because none is there twice
      heard.push({ headers, body: await text(request) });
      response.writeHead(heard.length === 1 ? 500 : 204).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo; // because it listens on TCP
    const made = await client.submit(hello(1), { webhook: { url: `http://127.0.0.1:${port}/`, secret } });
    await expect.poll(() => heard.length, { timeout: 15_000 }).toBe(2);
    const { webhooks } = new OpenAI({ apiKey: 'none', webhookSecret: secret });
    const [first, second] = await Promise.all(
      heard.map(({ body, headers }) => webhooks.unwrap(body, headers)),
    );
    expect(first).toMatchObject({ object: 'event', type: 'batch.completed', data: { id: made.id } });
    expect(second).toEqual(first);
  });
});

describe('what cannot be a batch', () => {
  const good = batchLine('a', chat('up', 'x'));
  it.each([
    ['no JSON', [good, '{"custom_id":'], 'invalid_json_line', 2],
    ['an array', ['[]'], 'invalid_json_line', 1],
    ['no custom_id', [JSON.stringify({ method: 'POST' })], 'missing_custom_id', 1],
    ['one custom_id twice', [good, '', good], 'duplicate_custom_id', 3],
    ['another url', [batchLine('a', {}, { url: '/v1/embeddings' })], 'mismatched_url', 1],
    ['another method', [batchLine('a', {}, { method: 'GET' })], 'invalid_method', 1],
    ['no body', [batchLine('a', [])], 'invalid_body', 1],
    ['a stream', [batchLine('a', chat('up', 'x', { stream: true }))], 'invalid_body', 1],
    ['no model that there is', [batchLine('a', chat('none', 'x'))], 'model_not_found', 1],
    ['nothing but blank lines', ['', ''], 'empty_file', null],
    ['too many lines', hello(50_001), 'too_many_lines', 50_001],
  ])('a file with %s fails, with its line', async (_, lines, code, line) => {
    const { client } = calute();
    const batch = await client.wait((await client.submit(lines)).id, hasEnded);
    expect(batch).toMatchObject({
      status: 'failed',
      failed_at: expect.any(Number),
      output_file_id: null,
      error_file_id: null,
    });
    expect(batch.errors).toMatchObject({
      object: 'list',
      data: [{ code, line, message: expect.any(String) }],
    });
  });

  it.each([
    [{ input_file_id: 'file-none' }, 404, 'file_not_found'],
    [{ input_file_id: undefined }, 400, 'invalid_request'],
    [{ requests: [{ custom_id: 'a', body: {} }] }, 400, 'invalid_request'],
    [{ endpoint: '/v1/embeddings' }, 400, 'invalid_request'],
    [{ completion_window: '31d' }, 400, 'invalid_request'],
    [{ completion_window: 'soon' }, 400, 'invalid_request'],
    [{ metadata: { a: 1 } }, 400, 'invalid_request'],
    [{ output_expires_after: { anchor: 'created_at', seconds: 5 } }, 400, 'invalid_request'],
    [{ webhook: { url: 'ftp://x', secret: `whsec_${'A'.repeat(44)}` } }, 400, 'invalid_request'],
    [{ webhook: { url: 'https://x', secret: 'short' } }, 400, 'invalid_request'],
  ])('a request with %j is refused', async (more, status, code) => {
    const { client } = calute();
    await expect(client.submit([good], more)).rejects.toMatchObject({ status, code });
  });

  it('a file of another purpose is refused', async () => {
    const { client } = calute();
    const file = await client.openai.files.create({ file: new File(['x'], 'x.txt'), purpose: 'user_data' });
    await expect(client.submit([good], { input_file_id: file.id })).rejects.toMatchObject({
      status: 400,
      param: 'input_file_id',
    });
  });

  it.each([
    ['input_file_id', 'input_file_deleted'],
    ['output_file_id', 'results_deleted'],
  ] as const)(
    'a batch whose %s is deleted while it runs fails, and the server stays well',
    async (which, code) => {
      const { client, upstream } = calute();
      const turn = [{ type: 'gate', name: which } as const, ...textAnswer(['held'])];
      await upstream.script('held', turn);
      // More lines than are begun at once, so that the input is needed again.
      const held = hello(600, 'held').map((line) => line.replace('line-', 'held-'));
      const made = await client.submit([...hello(5), ...held]);
      const running = await client.wait(made.id, ({ request_counts: counts }) => counts?.completed === 5);
      await client.openai.files.delete(running[which] ?? '');
      await upstream.release(which);
      const batch = await client.wait(made.id, hasEnded);
      expect(batch).toMatchObject({ status: 'failed', errors: { data: [{ code }] } });
    },
  );
});
