import type { WatchedSignal } from '@calute/core/scaling/watch-demand';
import { createMetrics } from '@calute/core/telemetry/metrics/create-metrics';
import { expect, test } from 'vitest';
import { watchInstallation } from './watch-installation.ts';

const none = { waiting: 0, running: 0, oldestSeconds: 0, arrivalsPerSecond: 0, servedPerSecond: 0 };
const blank = { ...none, serviceSeconds: null, drainSeconds: null };
const signal: WatchedSignal = {
  atMs: 0,
  classes: {
    priority: blank,
    live: { ...blank, waiting: 3, running: 2, oldestSeconds: 1.5, drainSeconds: 4 },
    flex: blank,
    batch: blank,
  },
  waiting: 3,
  running: 2,
  freeSlots: 0,
  heldBack: 7,
  liveWorkers: 1,
  needed: 2,
  desired: 3,
  isStuck: false,
  isProviderPaused: true,
  providers: [{ name: 'openai a', isShut: true }],
  deadLetters: 4,
};

test('the load of the installation stands in the metrics', async () => {
  const metrics = createMetrics('api');
  watchInstallation({ metrics, demand: { read: async () => signal }, memoryRatio: async () => 0.25 });
  const text = await metrics.render();
  for (const line of [
    'calute_backlog_runs{class="live"} 3',
    'calute_running_runs{class="live"} 2',
    'calute_backlog_oldest_seconds{class="live"} 1.5',
    'calute_backlog_drain_seconds{class="live"} 4',
    'calute_held_back_runs 7',
    'calute_needed_workers 2',
    'calute_desired_workers 3',
    'calute_live_workers 1',
    'calute_provider_circuit_open{provider="openai a"} 1',
    'calute_dead_letters 4',
    'calute_redis_memory_ratio 0.25',
    'calute_redis_up 1',
  ])
    expect(text).toContain(`${line}\n`);
  expect(text).not.toContain('calute_backlog_drain_seconds{class="batch"}');
});

test('while Redis does not answer the rest is told, and nothing stale', async () => {
  const metrics = createMetrics('api');
  let isAway = false;
  const read = async () => (isAway ? Promise.reject(new Error('away')) : signal);
  watchInstallation({ metrics, demand: { read }, memoryRatio: async () => undefined });
  await metrics.render();
  isAway = true;
  const text = await metrics.render();
  expect(text).toContain('calute_redis_up 0');
  expect(text).toContain('calute_event_loop_utilization');
  expect(text).not.toContain('calute_backlog_runs{');
  expect(text).not.toMatch(/^calute_needed_workers /m);
});
