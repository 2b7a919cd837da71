import { openChatEncoding } from '@calute/core/completions/chat/chat-encoding';
import type { CompletionContext } from '@calute/core/completions/completion-context';
import { type RunId, tenantIdSchema } from '@calute/core/ids';
import { quantile } from '../../figures/statistics.ts';
import { promptFor } from '../prompt.ts';
import type { Submission, Submitted } from '../protocol.ts';
import { measureCpu } from './measure-cpu.ts';
import type { Store } from './open-store.ts';
import { severalAtOnce } from './several-at-once.ts';

const identity = {
  scopes: ['infer'],
  requestsPerMinute: undefined,
  tokensPerMinute: undefined,
  concurrency: undefined,
} as const;

/** Nobody waits for these runs, and they may wait long. */
const context: Omit<CompletionContext, 'identity'> = {
  deadlineMs: 24 * 3600 * 1000,
  onDisconnect: 'cancel',
  showEvents: false,
  idempotencyKey: undefined,
  signal: new AbortController().signal,
};

/** Accepts the runs and puts them on the queue; resolves when the store has all of them. */
export async function submitRuns(store: Store, submission: Submission): Promise<Submitted> {
  const { model, count, concurrency, promptBytes, tokens, tenant = 'env', runClass = 'live' } = submission;
  const content = promptFor(tokens, promptBytes);
  const tier = runClass === 'flex' ? { service_tier: runClass } : {};
  const asker = { ...context, identity: { ...identity, tenant: tenantIdSchema.parse(tenant) } };
  const times: number[] = [];
  const runIds: RunId[] = [];
  const cpuUs = await measureCpu(store, () =>
    severalAtOnce(Array.from({ length: count }), concurrency, async () => {
      const startedAt = performance.now();
      const chat = { model, ...tier, stream: true, messages: [{ role: 'user' as const, content }] };
      const { runId, events } = await store.submit({ chat }, asker, openChatEncoding);
      times.push(performance.now() - startedAt);
      runIds.push(runId);
      events.stop();
    }),
  );
  store.lastRuns = runIds.slice(-100);
  const sorted = Float64Array.from(times).sort();
  return { acceptMs: { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }, cpuUs };
}
