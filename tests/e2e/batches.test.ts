import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { OpenAI } from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { batchLine, chat, hasEnded } from '../support/batch-client.ts';
import { parseEvents } from '../support/read-sse.ts';
import { failure, textAnswer } from '../support/scripted-upstream-chunks.ts';
import { questions, startBatches } from '../support/start-batches.ts';
import { share } from '../support/start-calute.ts';

const calute = share(startBatches);

describe('a batch', () => {
  it('runs every line, each result in one file, and tells of it as OpenAI does', async () => {
    const { client, replica } = calute();
    const lines = [
      ...questions(20),
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
      questions(20)
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
    const lines = [
      ...questions(10),
      ...questions(5, 'hanging').map((line) => line.replace('line-', 'hanging-')),
    ];
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
    const lines = [...questions(3), batchLine('slow', chat('hanging', 'x'))];
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

  it('may have any time up to 30 days', async () => {
    const { client } = calute();
    const made = await client.submit(questions(2), { completion_window: '30d' });
    expect(made.expires_at).toBe(made.created_at + 30 * 86_400);
    const batch = await client.wait(made.id, hasEnded);
    expect(batch.request_counts).toEqual({ total: 2, completed: 2, failed: 0 });
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
    const made = await client.submit(questions(3, 'moody'));
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
    const made = await client.submit([...questions(2), batchLine('again', chat('broken', 'x'))]);
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
    for (let count = 0; count < 3; count += 1) made.push((await client.submit(questions(1))).id);
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
    const made = await client.submit([...questions(5), batchLine('gated', chat('gated', 'x'))]);
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
    const made = await client.submit(questions(1), { webhook: { url: `http://127.0.0.1:${port}/`, secret } });
    await expect.poll(() => heard.length, { timeout: 15_000 }).toBe(2);
    const { webhooks } = new OpenAI({ apiKey: 'none', webhookSecret: secret });
    const [first, second] = await Promise.all(
      heard.map(({ body, headers }) => webhooks.unwrap(body, headers)),
    );
    expect(first).toMatchObject({ object: 'event', type: 'batch.completed', data: { id: made.id } });
    expect(second).toEqual(first);
  });
});
