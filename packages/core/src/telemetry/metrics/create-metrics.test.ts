import { expect, test } from 'vitest';
import { createMetrics } from './create-metrics.ts';
import { listMetrics } from './metric-table.ts';

test.each(['api', 'worker'] as const)('the %s tells of each of its metrics, with its type', async (role) => {
  const text = await createMetrics(role).render();
  for (const [name, { type }] of listMetrics(role)) expect(text).toContain(`# TYPE ${name} ${type}`);
  expect(text.match(/^# TYPE/gm)).toHaveLength(listMetrics(role).length);
});

test('what is counted, observed and set stands under its labels', async () => {
  const metrics = createMetrics('worker');
  metrics.count('calute_tokens_total', { agent: 'echo', direction: 'in' }, 7);
  metrics.count('calute_tokens_total', { agent: 'echo', direction: 'in' });
  metrics.observe('calute_queue_wait_seconds', { class: 'live' }, 0.2);
  metrics.set('calute_worker_slots', undefined, 256);
  const text = await metrics.render();
  expect(text).toContain('calute_tokens_total{agent="echo",direction="in"} 8');
  expect(text).toContain('calute_queue_wait_seconds_bucket{le="0.25",class="live"} 1');
  expect(text).toContain('calute_worker_slots 256');
});

test('what is looked up is asked for at each rendering', async () => {
  const metrics = createMetrics('api');
  let workers = 0;
  metrics.onRender(async () => metrics.set('calute_live_workers', undefined, ++workers));
  expect(await metrics.render()).toContain('calute_live_workers 1');
  expect(await metrics.render()).toContain('calute_live_workers 2');
});

test('a metric that is forgotten is absent, with labels or without', async () => {
  const metrics = createMetrics('api');
  metrics.set('calute_backlog_drain_seconds', { class: 'live' }, 3);
  expect(await metrics.render()).toContain('calute_backlog_drain_seconds{class="live"} 3');
  metrics.forget('calute_backlog_drain_seconds');
  metrics.set('calute_free_slots', undefined, 3);
  metrics.forget('calute_free_slots');
  const text = await metrics.render();
  expect(text).not.toContain('calute_backlog_drain_seconds{');
  expect(text).not.toMatch(/^calute_free_slots /m);
});

test('a process tells how busy it is', async () => {
  const text = await createMetrics('worker').render();
  expect(Number(/^calute_event_loop_utilization (\S+)$/m.exec(text)?.[1])).toBeLessThanOrEqual(1);
  expect(Number(/^calute_process_memory_bytes (\S+)$/m.exec(text)?.[1])).toBeGreaterThan(1e6);
  expect(Number(/^calute_process_cpu_seconds_total (\S+)$/m.exec(text)?.[1])).toBeGreaterThan(0);
});

test('a metric of the other role is a bug', () => {
  expect(() => createMetrics('api').set('calute_worker_slots', undefined, 1)).toThrow('has no metric');
});
