import { bytes, dateTime, percent, span } from '../core/format.js';
import { html } from '../core/html.js';
import { useLive } from '../core/live.js';
import { Badge, Empty, Shown } from '../parts/states.js';
import { Table } from '../parts/table.js';

const kinds = { live: 'completed', draining: 'waiting', lost: 'failed' };

export function Workers() {
  return html`<${Shown} live=${useLive('workers')}>${({ workers }) => html`<${List} workers=${workers} />`}<//>`;
}

function List({ workers }) {
  if (workers.length === 0)
    return html`<${Empty}>No worker is running. Start one: <code>calute worker</code><//>`;
  return html`
    <${Table} caption="Workers" keyOf=${({ id }) => id} rows=${workers} columns=${columns} />
    ${workers.some(({ state }) => state === 'lost') && html`<p class="quiet">A lost worker has not been heard of for 10 s; its runs were given to others. It is shown for two minutes.</p>`}
  `;
}

const columns = [
  { name: 'Worker', cell: ({ id }) => html`<code>${id}</code>` },
  { name: 'State', cell: ({ state }) => html`<${Badge} kind=${kinds[state]}>${state}<//>` },
  {
    name: 'Slots used',
    cell: ({ used, slots }) =>
      html`${used} of ${slots} <meter aria-label="Slots used" min="0" max=${slots} value=${used}></meter>`,
  },
  { name: 'Event loop', number: true, cell: ({ loop }) => percent(loop) },
  { name: 'Blocked at most', number: true, cell: ({ blocked_ms }) => span(blocked_ms) },
  { name: 'Memory', number: true, cell: ({ memory_bytes }) => bytes(memory_bytes) },
  { name: 'Agents', cell: ({ agents }) => agents.join(', ') },
  { name: 'Process', cell: ({ host, pid }) => `${host} ${pid}` },
  { name: 'Started', cell: ({ started_at_ms }) => dateTime(started_at_ms) },
];
