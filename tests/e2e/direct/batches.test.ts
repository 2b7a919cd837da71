import { expect, it } from 'vitest';
import { batchLine, createBatchClient, hasEnded } from '../../support/batch-client.ts';
import { share } from '../../support/start-calute.ts';
import { startDirect } from './start-direct.ts';

const calute = share(startDirect);

it.each([
  ['/v1/embeddings', { input: ['a', 'b'] }, { object: 'list', data: [{ index: 0 }, { index: 1 }] }],
  ['/v1/completions', { prompt: 'a' }, { object: 'text_completion', choices: [{ finish_reason: 'stop' }] }],
])('a batch of %s has the answers and the faults of the endpoint', async (endpoint, asked, answer) => {
  const client = createBatchClient(calute().url, 'none');
  const line = (id: string, more: object) =>
    batchLine(id, { model: 'offline', ...asked, ...more }, { url: endpoint });
  const lines = [line('good', {}), line('bad', { input: 7, prompt: 7 }), line('other', { model: 'nobody' })];
  const made = await client.submit(lines, { endpoint });
  const batch = await client.wait(made.id, hasEnded);
  const { output, errors } = await client.results(batch);
  expect(output).toMatchObject([{ custom_id: 'good', response: { status_code: 200, body: answer } }]);
  const statuses = errors.map(({ custom_id, response }) => [custom_id, response?.status_code]);
  expect(Object.fromEntries(statuses)).toEqual({ bad: 400, other: 404 });
  expect(batch.usage?.input_tokens).toBeGreaterThan(0);
});
