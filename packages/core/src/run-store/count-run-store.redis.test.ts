import { expect, test } from 'vitest';
import { newRun } from '../../../../tests/support/new-run.ts';
import { openTestRunStore } from '../../../../tests/support/test-run-store.ts';
import { encodeEvents } from '../runs/frame-payload.ts';
import type { RunEnd } from '../runs/run-end.ts';
import { createMetrics } from '../telemetry/metrics/create-metrics.ts';
import { countWorkerStore, endReason } from './count-run-store.ts';

const usage = { promptTokens: 1, completionTokens: 1, cachedTokens: 0, reasoningTokens: 0 };

test.each<[RunEnd, string]>([
  [{ reason: 'completed', finishReason: 'stop', usage, processingMs: 1 }, 'completed'],
  [{ reason: 'cancelled', by: 'deadline' }, 'cancelled_by_deadline'],
  [{ reason: 'failed', code: 'worker_lost', message: '' }, 'worker_lost'],
])('%j counts as %s', (end, reason) => {
  expect(endReason(end)).toBe(reason);
});

test('ends from outside, lost runs, appends and fenced frames are counted', async () => {
  const { leases, log, backlog, makeRoom, redis, keys } = openTestRunStore({ times: { comeBackMs: 0 } });
  const metrics = createMetrics('worker');
  const counted = countWorkerStore({ leases, log, backlog }, metrics);
  await makeRoom(4);
  const [ended, lost] = [newRun('reply'), newRun('reply')];
  for (const run of [ended, lost]) await counted.log.accept(run);
  await counted.leases.claim(lost.id, { epoch: 0, channel: 'gone' });
  await redis.zadd(keys.leases, 1, lost.id);
  expect(await counted.leases.expired(10)).toMatchObject([{ due: 'lost', runId: lost.id }]);
  await counted.leases.claim(lost.id, { epoch: 1, channel: 'next' });
  const frame = { runId: lost.id, visible: true, payload: encodeEvents([{ type: 'text-delta', text: 'a' }]) };
  expect(await counted.log.append([{ ...frame, epoch: 1, seq: 1 }])).toEqual(['fenced']);
  await counted.log.end(ended.id, { reason: 'cancelled', by: 'client' });
  const text = await metrics.render();
  expect(text).toContain('calute_stalled_runs_total 1');
  expect(text).toContain('calute_fenced_writes_total 1');
  expect(text).toContain('calute_redis_append_seconds_count 1');
  expect(text).toContain('calute_run_ends_total{reason="cancelled_by_client",agent="unknown"} 1');
});
