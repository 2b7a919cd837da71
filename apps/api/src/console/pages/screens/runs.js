import { useSignal } from '@preact/signals';
import { clock, count, none, span } from '../core/format.js';
import { html } from '../core/html.js';
import { useLive } from '../core/live.js';
import { go, place } from '../core/router.js';
import { RunLink } from '../parts/run-link.js';
import { Badge, Empty, Shown } from '../parts/states.js';
import { Table } from '../parts/table.js';

const ends = [
  'open',
  'completed',
  'cancelled',
  'failed',
  'worker_lost',
  'deadline_exceeded',
  'upstream_error',
];
const ages = { 60: 'the last minute', 300: 'the last 5 minutes', 3600: 'the last hour' };
const names = ['agent', 'tenant', 'end', 'age', 'id'];

/** The filters stand in the address, so that a list can be sent to somebody. */
export function Runs() {
  const filter = Object.fromEntries(names.map((name) => [name, place.value.query.get(name) ?? '']));
  // The last run of each page before this one.
  const pages = useSignal([]);
  const live = useLive('runs', { ...filter, after: pages.value.at(-1) });
  const change = (name, value) => {
    pages.value = [];
    const query = new URLSearchParams(Object.entries({ ...filter, [name]: value }).filter(([, set]) => set));
    go(`/runs${query.size > 0 ? `?${query}` : ''}`, { replace: true });
  };
  return html`
    <${Filters} filter=${filter} known=${live.data} onChange=${change} />
    <${Shown} live=${live}>${(data) => html`<${List} data=${data} pages=${pages} isFiltered=${names.some((name) => filter[name])} />`}<//>
  `;
}

function Filters({ filter, known, onChange }) {
  const pick = (name, label, options) => html`
    <label>${label}
      <select value=${filter[name]} onChange=${(event) => onChange(name, event.target.value)}>
        <option value="">all</option>
        ${options.map(([value, text = value]) => html`<option value=${value} selected=${filter[name] === value}>${text}</option>`)}
      </select>
    </label>
  `;
  const withOwn = (list, own) => [...new Set([...list, ...(own ? [own] : [])])].map((name) => [name]);
  return html`
    <form class="filters" role="search" onSubmit=${(event) => event.preventDefault()}>
      ${pick('agent', 'Agent', withOwn(known?.agents ?? [], filter.agent))}
      ${pick('tenant', 'Tenant', withOwn(known?.tenants ?? [], filter.tenant))}
      ${pick('end', 'End', withOwn(ends, filter.end))}
      ${pick('age', 'Accepted in', Object.entries(ages))}
      <label>Id<input type="search" value=${filter.id} placeholder="chatcmpl-… or a part" onChange=${(event) => onChange('id', event.target.value.trim())} /></label>
    </form>
  `;
}

function List({ data, pages, isFiltered }) {
  if (data.rows.length === 0) {
    return isFiltered
      ? html`<${Empty}>None of the last ${count(data.total)} runs fits.<//>`
      : html`<${Empty}>No run yet. Ask an agent in the <a href="/console/playground">playground</a>.<//>`;
  }
  const older = () => {
    pages.value = [...pages.value, data.next];
  };
  const newer = () => {
    pages.value = pages.value.slice(0, -1);
  };
  return html`
    <p class="pager">
      <span>${count(data.from + 1)} to ${count(data.from + data.rows.length)} of ${count(data.matching)} runs</span>
      <button type="button" disabled=${pages.value.length === 0} onClick=${newer}>Newer</button>
      <button type="button" disabled=${!data.next} onClick=${older}>Older</button>
    </p>
    <${Table} caption="Runs" keyOf=${({ id }) => id} rows=${data.rows} columns=${columns} />
  `;
}

const columns = [
  { name: 'Run', cell: ({ id }) => html`<${RunLink} id=${id} />` },
  { name: 'Agent', cell: ({ agent }) => agent ?? none },
  { name: 'Tenant', cell: ({ tenant }) => tenant ?? none },
  {
    name: 'State',
    cell: ({ phase, end, detail }) =>
      html`<${Badge} kind=${end ?? phase}>${end ? (detail ?? end) : phase}<//>`,
  },
  { name: 'Accepted', cell: ({ created_at_ms }) => clock(created_at_ms) },
  { name: 'Waited', number: true, cell: ({ waited_ms }) => span(waited_ms) },
  { name: 'First token', number: true, cell: ({ first_ms }) => span(first_ms) },
  { name: 'Took', number: true, cell: ({ total_ms }) => span(total_ms) },
  {
    name: 'Tokens',
    number: true,
    cell: (run) =>
      run.prompt_tokens === undefined
        ? none
        : `${count(run.prompt_tokens)} + ${count(run.completion_tokens)}`,
  },
  { name: 'Attempts', number: true, cell: ({ attempts }) => count(attempts) },
];
