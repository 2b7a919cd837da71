import { expect, it } from 'vitest';
import { batchLine, chat, createBatchClient, hasEnded } from '../support/batch-client.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { questions } from '../support/start-batches.ts';
import { passOn, prepareCalute } from '../support/start-calute.ts';

it('an API that is told to stop gives its batches back, and their runs go on', {
  timeout: 60_000,
}, async () => {
  await using calute = await prepareCalute(passOn('gated'));
  const { upstream } = calute;
  await upstream.script('gated', [{ type: 'gate', name: 'open' }, ...textAnswer(['done'])]);
  const [first] = await Promise.all([calute.startApi(), calute.startWorker()]);
  const made = await createBatchClient(first.url, 'none').submit(questions(20, 'gated'));
  await upstream.waitForRequests('gated', 20);
  const second = await calute.startApi();
  const client = createBatchClient(second.url, 'none');
  expect(await first.stop('SIGTERM')).toBe(0);
  await upstream.release('open');
  const batch = await client.wait(made.id, hasEnded);
  expect(batch.request_counts).toEqual({ total: 20, completed: 20, failed: 0 });
  expect(await upstream.requests('gated')).toHaveLength(20);
});

it('many batches get on side by side, also beside one that hangs', { timeout: 60_000 }, async () => {
  await using calute = await prepareCalute(passOn('up', 'hanging'));
  const { upstream } = calute;
  await upstream.script('up', textAnswer(['done']));
  await upstream.script('hanging', [{ type: 'hang' }]);
  const [api] = await Promise.all([calute.startApi(), calute.startWorker()]);
  const client = createBatchClient(api.url, 'none');
  const hanging = await client.submit(questions(50, 'hanging'));
  await upstream.waitForRequests('hanging', 50);
  const made = [];
  for (let count = 0; count < 60; count += 1) {
    made.push(await client.submit([batchLine('one', chat('up', 'x')), batchLine('two', chat('up', 'y'))]));
  }
  for (const { id } of made) {
    const batch = await client.wait(id, hasEnded);
    expect(batch.request_counts).toEqual({ total: 2, completed: 2, failed: 0 });
  }
  expect(await client.openai.batches.cancel(hanging.id)).toMatchObject({ status: 'cancelling' });
  await client.wait(hanging.id, hasEnded);
});

it('a provider that takes five calls at once gets five, until all lines are done', {
  timeout: 60_000,
}, async () => {
  await using calute = await prepareCalute(passOn('gated'));
  const { upstream } = calute;
  await upstream.script('gated', [{ type: 'gate', name: 'open' }, ...textAnswer(['done'])]);
  const [api] = await Promise.all([calute.startApi(), calute.startWorker({ OPENAI_MAX_CONCURRENCY: '5' })]);
  const client = createBatchClient(api.url, 'none');
  const made = await client.submit(questions(30, 'gated'));
  await upstream.waitForRequests('gated', 5);
  await client.wait(made.id, ({ status }) => status === 'in_progress');
  expect(await upstream.requests('gated')).toHaveLength(5);
  await upstream.release('open');
  const batch = await client.wait(made.id, hasEnded, 45_000);
  expect(batch.request_counts).toEqual({ total: 30, completed: 30, failed: 0 });
  expect(await upstream.requests('gated')).toHaveLength(30);
});
