import { expect, it } from 'vitest';
import { openSse } from '../../support/read-sse.ts';
import { startDirect } from './start-direct.ts';

const embedding = { object: 'embedding', index: 0, embedding: [1, 2] };
const chunk = { object: 'text_completion', choices: [{ index: 0, text: 'half of it', finish_reason: null }] };

it('asks again after the death of its worker while nothing was shown, and never splices a text', {
  timeout: 60_000,
}, async () => {
  await using calute = await startDirect();
  const { openai, upstream, url, worker } = calute;
  const answer = { data: [embedding], usage: { prompt_tokens: 1 } };
  await upstream.script(
    'vectors',
    [{ type: 'hang' }],
    [
      { type: 'head', status: 200, headers: { 'content-type': 'application/json' } },
      { type: 'chunks', chunks: [JSON.stringify(answer)] },
    ],
  );
  const half = `data: ${JSON.stringify(chunk)}\n\n`;
  await upstream.script('writer', [{ type: 'chunks', chunks: [half] }, { type: 'hang' }]);
  const embedded = openai.embeddings.create({ model: 'vectors', input: 'a', encoding_format: 'float' });
  const writing = await openSse(`${url}/v1/completions`, {
    body: { model: 'writer', prompt: 'a', stream: true },
  });
  await writing.readUntil((text) => text.includes('half of it'));
  await upstream.waitForRequests('vectors', 1);
  await calute.startWorker();
  await worker.stop('SIGKILL');
  expect((await embedded).data).toEqual([embedding]);
  const told = await writing.readAll();
  expect(told).toContain('"code":"worker_lost"');
  expect(told).not.toContain('[DONE]');
});
