import { createOpenAI } from '@ai-sdk/openai';
import {
  experimental_cancelBatch as cancelBatch,
  experimental_getBatchResults as getBatchResults,
  experimental_getBatchStatus as getBatchStatus,
  experimental_listBatches as listBatches,
  experimental_startBatch as startBatch,
} from 'ai';
import { describe, expect, it } from 'vitest';
import { batchLine, hasEnded } from '../support/batch-client.ts';
import { startBatches } from '../support/start-batches.ts';
import { share } from '../support/start-calute.ts';

const calute = share(startBatches);
const endpoint = '/v1/responses';

function line(customId: string, body: object): string {
  return batchLine(customId, { model: 'up', input: 'hi', ...body }, { url: endpoint });
}

describe('a batch of responses', () => {
  it('answers each line with its Response, and a line at fault as the endpoint would', async () => {
    const { client, upstream } = calute();
    const before = await client.openai.responses.create({ model: 'up', input: 'before' });
    const made = await client.submit(
      [
        line('plain', {}),
        line('stored', { store: true, metadata: { kind: 'test' } }),
        line('further', { previous_response_id: before.id, input: 'after' }),
        line('joins', { conversation: 'conv_1' }),
        line('behind', { background: true }),
        line('after-none', { previous_response_id: 'resp_none' }),
        line('too-hot', { temperature: 9 }),
        line('no-format', { input: [{ type: 'parrot' }] }),
        line('nobody', { model: 'no-such-model' }),
        line('refused', { model: 'broken' }),
      ],
      { endpoint },
    );
    const batch = await client.wait(made.id, hasEnded);
    expect(batch).toMatchObject({
      status: 'completed',
      endpoint,
      model: 'up',
      request_counts: { total: 10, completed: 3, failed: 7 },
      usage: { input_tokens: 21, output_tokens: 9, total_tokens: 30 },
    });
    const { output, errors } = await client.results(batch);
    const bodies = new Map(output.map(({ custom_id, response }) => [custom_id, response?.body]));
    expect([...bodies.keys()].toSorted()).toEqual(['further', 'plain', 'stored']);
    expect(bodies.get('plain')).toMatchObject({
      id: expect.stringMatching(/^resp_/),
      object: 'response',
      status: 'completed',
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hello there' }] }],
      usage: { total_tokens: 10 },
    });
    expect(bodies.get('stored')).toMatchObject({ store: false, metadata: { kind: 'test' } });
    const asked = (await upstream.waitForRequests('up', 4)).map(({ body }) => JSON.stringify(body));
    expect(asked.filter((body) => body.includes('before') && body.includes('after'))).toHaveLength(1);
    const fault = (status_code: number, code: string, param: string | null) => ({
      status_code,
      body: { error: { code, param, message: expect.any(String) } },
    });
    expect(Object.fromEntries(errors.map(({ custom_id, response }) => [custom_id, response]))).toMatchObject({
      'after-none': fault(404, 'response_not_found', 'previous_response_id'),
      behind: fault(400, 'unsupported_parameter', 'background'),
      joins: fault(400, 'unsupported_parameter', 'conversation'),
      'no-format': fault(400, 'unsupported_parameter', 'input.0.type'),
      nobody: fault(404, 'model_not_found', 'model'),
      refused: fault(400, 'invalid_request', null),
      'too-hot': fault(400, 'invalid_request', 'temperature'),
    });
  });

  it('stores none of them besides its files', async () => {
    const { client } = calute();
    const made = await client.submit([line('a', { store: true })], { endpoint });
    const batch = await client.wait(made.id, hasEnded);
    const [result] = await client.read(batch.output_file_id);
    const id = String(result?.response?.body['id']);
    const look = () =>
      client.openai.responses.retrieve(id).then(
        () => 200,
        ({ status }) => status,
      );
    await expect.poll(look).toBe(404);
  });

  it('takes no lines of another endpoint', async () => {
    const { client } = calute();
    const made = await client.submit([line('a', {}), batchLine('b', { model: 'up' })], { endpoint });
    const batch = await client.wait(made.id, hasEnded);
    expect(batch).toMatchObject({
      status: 'failed',
      errors: { data: [{ code: 'mismatched_url', line: 2, param: 'url' }] },
    });
  });
});

describe("the AI SDK's batches", () => {
  it('start, are looked up and listed, and give each answer under its id', async () => {
    const { first, key } = calute();
    const provider = createOpenAI({ baseURL: `${first.url}/v1`, apiKey: key });
    const ask = (id: string, more: object = {}) =>
      ({ id, type: 'text', model: 'up', prompt: `question ${id}`, ...more }) as const;
    const started = await startBatch({
      provider,
      requests: [ask('one', { instructions: 'Be brief.' }), ask('two'), ask('three', { temperature: 9 })],
    });
    expect(started).toMatchObject({ status: 'pending', warnings: [] });
    const status = async () => (await getBatchStatus({ provider, batch: started })).status;
    await expect.poll(status, { timeout: 15_000, interval: 50 }).toBe('completed');
    const results = await Array.fromAsync(getBatchResults({ provider, batch: started }));
    const outcomes = new Map(results.map((result) => [result.id, result]));
    expect([...outcomes.keys()].toSorted()).toEqual(['one', 'three', 'two']);
    for (const id of ['one', 'two']) {
      expect(outcomes.get(id)).toMatchObject({
        status: 'succeeded',
        text: 'Hello there',
        finishReason: 'stop',
        usage: { inputTokens: 7, outputTokens: 3 },
      });
    }
    expect(outcomes.get('three')).toMatchObject({
      status: 'failed',
      error: { message: expect.stringMatching(/'temperature'/) },
    });
    const { batches } = await listBatches({ provider, limit: 1 });
    expect(batches).toMatchObject([{ id: started.id, status: 'completed' }]);
  });

  it('are cancelled', async () => {
    const { first, key, upstream } = calute();
    const provider = createOpenAI({ baseURL: `${first.url}/v1`, apiKey: key });
    const request = { id: 'one', type: 'text', model: 'hanging', prompt: 'hi' } as const;
    const batch = await startBatch({ provider, requests: [request] });
    await upstream.waitForRequests('hanging', 1);
    await cancelBatch({ provider, batch });
    const status = async () => (await getBatchStatus({ provider, batch })).status;
    // As the SDK calls a batch that was cancelled.
    await expect.poll(status, { timeout: 15_000, interval: 50 }).toBe('failed');
    const results = await Array.fromAsync(getBatchResults({ provider, batch }));
    expect(results).toMatchObject([{ id: 'one', status: 'cancelled' }]);
  });
});
