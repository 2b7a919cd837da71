import { expect, it } from 'vitest';
import { batchLine, chat, createBatchClient, hasEnded } from '../support/batch-client.ts';
import { createKeySecrets } from '../support/key-secrets.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { questions } from '../support/start-batches.ts';
import { passOn, prepareCalute } from '../support/start-calute.ts';

it('lines that hang lose their slots after a while: live runs and other batches go on', {
  timeout: 60_000,
}, async () => {
  await using calute = await prepareCalute(passOn('up', 'hanging', 'late'));
  await calute.upstream.script('up', textAnswer(['done']));
  await calute.upstream.script('hanging', [{ type: 'hang' }]);
  await calute.upstream.script('late', [{ type: 'hang' }], textAnswer(['after all']));
  const scopes = ['files', 'batches', 'infer'] as const;
  const [one = '', other = ''] = await createKeySecrets(calute.environment, [scopes, scopes]);
  // Four slots, three of them for batches.
  const [{ url }] = await Promise.all([
    calute.startApi({ RUN_TIMEOUT_S: '1' }),
    calute.startWorker({ WORKER_CONCURRENCY: '4' }),
  ]);
  const [stuck, busy] = [createBatchClient(url, one), createBatchClient(url, other)];
  const hung = await stuck.submit([
    ...questions(8, 'hanging').map((line) => line.replace('line-', 'hung-')),
    batchLine('late', chat('late', 'x')),
  ]);
  await calute.upstream.waitForRequests('hanging', 3);
  const made = await busy.submit(questions(20));

  const answer = await busy.openai.chat.completions.create({
    model: 'up',
    messages: [{ role: 'user', content: 'now' }],
  });
  expect(answer.choices[0]?.message.content).toBe('done');
  const batch = await busy.wait(made.id, hasEnded, 30_000);
  expect(batch.request_counts).toEqual({ total: 20, completed: 20, failed: 0 });

  const ended = await stuck.wait(hung.id, hasEnded, 40_000);
  expect(ended).toMatchObject({
    status: 'completed',
    request_counts: { total: 9, completed: 1, failed: 8 },
  });
  const { output, errors } = await stuck.results(ended);
  expect(output).toMatchObject([{ custom_id: 'late' }]);
  expect(errors[0]?.response).toMatchObject({
    status_code: 504,
    body: { error: { code: 'deadline_exceeded' } },
  });
  expect(await calute.upstream.waitForRequests('hanging', 24)).toHaveLength(24);
});
