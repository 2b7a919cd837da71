import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { metricTable } from '../../packages/core/src/telemetry/metrics/metric-table.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const dashboard = read('deploy/monitoring/dashboard.json');
const alerts = read('deploy/monitoring/alerts.yml');
const alertTests = read('deploy/monitoring/alerts.test.yml');
const apiScaling = read('deploy/kubernetes/components/monitoring/api-scaling.yaml');
const operations = read('docs/operations.md');

const table: Readonly<Record<string, { readonly type: string; readonly labels?: readonly string[] }>> =
  metricTable;

/** The metric behind a name in a query: a histogram has several. */
function metricOf(name: string): string {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  return table[base]?.type === 'histogram' ? base : name;
}

function namesIn(text: string): string[] {
  return [...new Set(text.match(/\bcalute_\w+/g))];
}

test.each([
  ['the dashboard', dashboard],
  ['the alerts', alerts],
  ['the tests of the alerts', alertTests],
])('every metric of %s exists', (_, text) => {
  const names = namesIn(text);
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => table[metricOf(name)] === undefined)).toEqual([]);
});

test('the autoscaler of the API asks for a metric that exists', () => {
  const [, query = ''] = /query: (.+)/.exec(apiScaling) ?? [];
  expect(namesIn(query)).toEqual(['calute_open_streams']);
  expect(table['calute_open_streams']?.type).toBe('gauge');
});

test('histograms are asked for by their buckets, and nothing else is', () => {
  for (const name of [...namesIn(dashboard), ...namesIn(alerts)])
    expect(name.endsWith('_bucket'), name).toBe(table[metricOf(name)]?.type === 'histogram');
});

test('what a query groups by or picks is a label of one of its metrics, or one that Prometheus adds', () => {
  const added = ['le', 'instance', 'job'];
  const queries = [...alerts.matchAll(/expr: (.+)/g), ...dashboard.matchAll(/"expr": "(.+)",?$/gm)];
  for (const [, query = ''] of queries) {
    const known = namesIn(query).flatMap((name) => table[metricOf(name)]?.labels ?? []);
    const used = [
      ...[...query.matchAll(/by \(([^)]+)\)/g)].flatMap(([, list = '']) => list.split(/, */)),
      ...[...query.matchAll(/(\w+)[=!]~?\\?"/g)].map(([, label = '']) => label),
    ];
    for (const label of used) expect([...known, ...added], query).toContain(label);
  }
});

test('the dashboard has a fixed id, asks the data source that is chosen, and shows every metric', () => {
  const { uid, templating, panels } = z
    .object({
      uid: z.string(),
      templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
      panels: z.array(
        z.object({
          id: z.number(),
          targets: z.array(z.object({ datasource: z.object({ uid: z.string() }) })).default([]),
        }),
      ),
    })
    .parse(JSON.parse(dashboard));
  expect(uid).toBe('calute-overview');
  expect(templating.list).toMatchObject([{ name: 'datasource', type: 'datasource' }]);
  const sources = panels.flatMap(({ targets }) => targets.map(({ datasource }) => datasource.uid));
  expect(new Set(sources)).toEqual(new Set([`\${datasource}`]));
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const shown = new Set(namesIn(dashboard).map(metricOf));
  expect(Object.keys(table).filter((name) => !shown.has(name))).toEqual([]);
});

test('every alert has tests, one where it fires and one where it does not, and a section that says what to do', () => {
  const names = [...alerts.matchAll(/alert: (\w+)/g)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) {
    const after = alertTests.split(`alertname: ${name}\n`).slice(1);
    expect(
      after.some((text) => /^\s+exp_alerts:\n/.test(text)),
      `${name} fires`,
    ).toBe(true);
    expect(
      after.some((text) => /^\s+exp_alerts: \[\]/.test(text)),
      `${name} is quiet`,
    ).toBe(true);
    expect(operations).toContain(`### ${name}\n`);
    expect(alerts).toContain(`runbook: docs/operations.md#${name.toLowerCase()}\n`);
  }
});

test('the table of metrics in the docs is the one of the code', () => {
  const documented = [...operations.matchAll(/^\| `(calute_\w+)(?:\{([\w,]+)\})?` \| (\w+) \|/gm)];
  const rows = documented.map(([, name = '', labels = '', type = '']) => [name, labels, type]);
  const expected = Object.entries(table).map(([name, { labels = [], type }]) => [
    name,
    labels.join(','),
    type,
  ]);
  expect(rows.toSorted()).toEqual(expected.toSorted());
});
