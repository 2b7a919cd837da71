import { useSignal } from '@preact/signals';
import { count, dateTime, dollars, none } from '../core/format.js';
import { html } from '../core/html.js';
import { useLive } from '../core/live.js';
import { Badge, Empty, Shown } from '../parts/states.js';
import { Table } from '../parts/table.js';

const periods = { 1: 'today (UTC)', 7: 'the last 7 days', 31: 'the last 31 days' };

export function Usage() {
  const days = useSignal('1');
  const by = useSignal('agent');
  const live = useLive('usage', { days: days.value });
  return html`
    <form class="filters">
      <label>Period
        <select value=${days.value} onChange=${(event) => {
          days.value = event.target.value;
        }}>
          ${Object.entries(periods).map(([value, text]) => html`<option value=${value}>${text}</option>`)}
        </select>
      </label>
      <label>By
        <select value=${by.value} onChange=${(event) => {
          by.value = event.target.value;
        }}>
          <option value="agent">key and agent</option>
          <option value="key">key</option>
        </select>
      </label>
    </form>
    <${Shown} live=${live}>${(data) => html`<${Used} data=${data} byAgent=${by.value === 'agent'} /><${Keys} keys=${data.keys} />`}<//>
  `;
}

function Used({ data: { usage, keys }, byAgent }) {
  const nameOf = new Map(keys.map(({ id, name }) => [id, name]));
  const rows = byAgent ? usage : sumByTenant(usage);
  if (rows.length === 0)
    return html`<section><h2>Usage</h2><${Empty}>Nothing was used in this period.<//></section>`;
  return html`
    <section>
      <h2>Usage</h2>
      <${Table} caption="Usage" rows=${rows} keyOf=${({ tenant, agent }) => `${tenant} ${agent}`} columns=${[
        { name: 'Key', cell: ({ tenant }) => nameOf.get(tenant) ?? tenant },
        ...(byAgent ? [{ name: 'Agent', cell: ({ agent }) => agent }] : []),
        { name: 'Runs', number: true, cell: ({ runs }) => count(runs) },
        { name: 'Unfinished', number: true, cell: ({ unfinished }) => count(unfinished) },
        { name: 'Tokens in', number: true, cell: (row) => count(row.prompt_tokens) },
        { name: 'Tokens out', number: true, cell: (row) => count(row.completion_tokens) },
        { name: 'Cost', number: true, cell: (row) => dollars(row.cost_usd) },
      ]} />
    </section>
  `;
}

function sumByTenant(usage) {
  const figures = ['runs', 'unfinished', 'prompt_tokens', 'completion_tokens', 'cost_usd'];
  return Object.entries(Object.groupBy(usage, ({ tenant }) => tenant)).map(([tenant, rows]) => ({
    tenant,
    ...Object.fromEntries(figures.map((name) => [name, rows.reduce((sum, row) => sum + row[name], 0)])),
  }));
}

function Keys({ keys }) {
  return html`
    <section>
      <h2>Keys</h2>
      ${keys.length === 0 && html`<${Empty}>No key was created: <code>calute keys create --name NAME</code><//>`}
      ${keys.length > 0 && html`<${Table} caption="Keys" keyOf=${({ id }) => id} rows=${keys} columns=${keyColumns} />`}
    </section>
  `;
}

const keyColumns = [
  { name: 'Name', cell: ({ name }) => name },
  { name: 'Id', cell: ({ id }) => html`<code>${id}</code>` },
  { name: 'Scopes', cell: ({ scopes }) => scopes.join(', ') },
  {
    name: 'Limits',
    cell: (key) =>
      [
        key.requests_per_minute && `${count(key.requests_per_minute)} requests/min`,
        key.tokens_per_minute && `${count(key.tokens_per_minute)} tokens/min`,
        key.concurrency && `${key.concurrency} at once`,
      ]
        .filter(Boolean)
        .join(', ') || none,
  },
  { name: 'Created', cell: ({ created_at_ms }) => dateTime(created_at_ms) },
  {
    name: 'State',
    cell: ({ revoked_at_ms }) =>
      revoked_at_ms ? html`<${Badge} kind="failed">revoked<//>` : html`<${Badge} kind="completed">valid<//>`,
  },
];
