import { batchLine, chat, createBatchClient } from './batch-client.ts';
import { createKeySecrets } from './key-secrets.ts';
import { failure, textAnswer } from './scripted-upstream-chunks.ts';
import { passOn, prepareCalute } from './start-calute.ts';

const models = ['up', 'gated', 'moody', 'broken', 'hanging', 'held'];

/** Two replicas, a worker, two tenants, and models that do what they are called. */
export async function startBatches() {
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
}

/** Lines that ask a model. */
export function questions(count: number, model = 'up'): string[] {
  return Array.from({ length: count }, (_, index) =>
    batchLine(`line-${index}`, chat(model, `question ${index}`)),
  );
}
