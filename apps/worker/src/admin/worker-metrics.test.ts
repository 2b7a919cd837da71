import { CaluteError } from '@calute/core/errors';
import { tenantIdSchema } from '@calute/core/ids';
import type { ModelCall, ModelProvider } from '@calute/core/models/model-provider';
import type { RunEnd } from '@calute/core/runs/run-end';
import { expect, test } from 'vitest';
import type { Claim } from '../attempt/claim.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

const call: ModelCall = { messages: [], sampling: {}, tools: [], toolChoice: undefined, parameters: {} };
const provider: ModelProvider = { accepts: new Set(), stream: () => ReadableStream.from([]) };
const usage = { promptTokens: 10, completionTokens: 5, cachedTokens: 0, reasoningTokens: 0 };
const completed: RunEnd = { reason: 'completed', finishReason: 'stop', usage, processingMs: 1 };

function claim(given: Partial<Claim> = {}, tenant = 'local'): Claim {
  const chat = { model: 'writer', messages: [] };
  return {
    outcome: 'claimed',
    epoch: 1,
    attempt: 1,
    seq: 0,
    visible: false,
    tenant: tenantIdSchema.parse(tenant),
    request: { version: 1, chat, showEvents: false },
    remainingMs: 1000,
    waitedMs: 300,
    runClass: 'live',
    ...given,
  };
}

test('attempts count by their cause, and only the first one says how long a run has waited', async () => {
  const metrics = createWorkerMetrics();
  for (const one of [claim(), claim({ epoch: 2 }), claim({ epoch: 3, seq: 4 })]) metrics.attemptBegan(one);
  const text = await metrics.all.render();
  for (const cause of ['first', 'repeated', 'resumed'])
    expect(text).toContain(`calute_attempts_total{cause="${cause}"} 1`);
  expect(text).toContain('calute_queue_wait_seconds_count{class="live"} 1');
  expect(text).toContain('calute_queue_wait_seconds_sum{class="live"} 0.3');
});

test('an end counts with its agent, its time and its tokens', async () => {
  const metrics = createWorkerMetrics();
  metrics.runEnded(claim(), completed, 1500);
  metrics.runEnded(claim(), { reason: 'failed', code: 'upstream_cut', message: '' }, 10);
  const text = await metrics.all.render();
  expect(text).toContain('calute_run_ends_total{reason="completed",agent="writer"} 1');
  expect(text).toContain('calute_run_ends_total{reason="upstream_cut",agent="writer"} 1');
  expect(text).toContain('calute_run_seconds_sum{agent="writer"} 1.51');
  expect(text).toContain('calute_tokens_total{agent="writer",direction="in"} 10');
  expect(text).toContain('calute_tenant_tokens_total{tenant="local",direction="out"} 5');
});

test('a thousand tenants take no more than a few labels', async () => {
  const metrics = createWorkerMetrics();
  for (let n = 0; n < 1000; n++) metrics.runEnded(claim({}, `key_${n}`), completed, 1);
  const text = await metrics.all.render();
  const labels = text.match(/^calute_tenant_tokens_total\{.*direction="in"/gm) ?? [];
  expect(labels.length).toBeLessThanOrEqual(21);
  expect(text).toContain('calute_tenant_tokens_total{tenant="other",direction="in"}');
});

test('model calls count by provider and outcome', async () => {
  const metrics = createWorkerMetrics();
  const end = { type: 'model-end', finishReason: 'stop', usage } as const;
  metrics.observeModel('openai:gpt', call, provider).ended({ outcome: 'ended', end });
  metrics.observeModel('openai:gpt', call, provider).ended({ outcome: 'left' });
  const error = new CaluteError('upstream_timeout', 'slow');
  metrics.observeModel('google:gem', call, provider).ended({ outcome: 'failed', error });
  const text = await metrics.all.render();
  expect(text).toContain('calute_provider_requests_total{provider="openai",outcome="ok"} 1');
  expect(text).toContain('calute_provider_requests_total{provider="openai",outcome="aborted"} 1');
  expect(text).toContain('calute_provider_requests_total{provider="google",outcome="upstream_timeout"} 1');
});

test('slots are looked up when they are asked for', async () => {
  const metrics = createWorkerMetrics();
  let used = 3;
  metrics.watchSlots(() => ({ slots: 256, used }));
  expect(await metrics.all.render()).toContain('calute_worker_slots_used 3');
  used = 4;
  expect(await metrics.all.render()).toContain('calute_worker_slots_used 4');
});
