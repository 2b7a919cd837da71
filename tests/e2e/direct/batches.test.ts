import { expect, it } from 'vitest';
import { batchLine, createBatchClient, hasEnded } from '../../support/batch-client.ts';
import { share } from '../../support/start-calute.ts';
import { startDirect } from './start-direct.ts';

const calute = share(startDirect);

it.each([
  ['/v1/embeddings', { input: ['one', 'two'] }, { object: 'list', data: [{ index: 0 }, { index: 1 }] }],
  ['/v1/completions', { prompt: 'Once', max_tokens: 4 }, { object: 'text_completion' }],
])('a batch of %s answers each line as the endpoint would', async (endpoint, asked, answer) => {
  const client = createBatchClient(calute().url, 'none');
  const line = (customId: string, body: object) => batchLine(customId, body, { url: endpoint });
  const made = await client.submit(
    [
      line('good', { model: 'offline', ...asked }),
      line('empty', { model: 'offline' }),
      line('nobody', { model: 'none', ...asked }),
    ],
    { endpoint },
  );
  const batch = await client.wait(made.id, hasEnded);
  expect(batch.request_counts).toEqual({ total: 3, completed: 1, failed: 2 });
  const { output, errors } = await client.results(batch);
  expect(output).toMatchObject([{ custom_id: 'good', response: { status_code: 200, body: answer } }]);
  const codes = errors.map(({ custom_id, response }) => [custom_id, response?.status_code]);
  expect(codes.toSorted()).toEqual([
    ['empty', 400],
    ['nobody', 404],
  ]);
});
