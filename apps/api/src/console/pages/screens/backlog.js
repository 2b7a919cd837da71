import { count, none, span } from '../core/format.js';
import { html } from '../core/html.js';
import { useLive } from '../core/live.js';
import { RunLink } from '../parts/run-link.js';
import { Empty, Shown } from '../parts/states.js';
import { Table } from '../parts/table.js';
import { Tile } from '../parts/tile.js';

export function Backlog() {
  return html`<${Shown} live=${useLive('backlog')}>${(data) => html`<${Classes} ...${data} />`}<//>`;
}

function Classes({ classes, deferred, offered, room, drain_ms }) {
  const waiting = classes.reduce((sum, row) => sum + row.waiting, 0);
  const drains = drain_ms === undefined ? 'nothing was released lately' : 'as fast as lately';
  return html`
    <dl class="tiles">
      <${Tile} name="Waiting" value=${count(waiting)} />
      <${Tile} name="Empty in" value=${waiting > 0 ? span(drain_ms) : none} note=${waiting > 0 && drains} />
      <${Tile} name="At the workers" value=${count(offered)} note="offered or held" />
      <${Tile} name="Room of the workers" value=${count(room)} warn=${waiting > 0 && room === 0} />
      <${Tile} name="Put off" value=${count(deferred)} note=${deferred > 0 && 'their provider takes no calls'} />
    </dl>
    ${waiting === 0 && html`<${Empty}>Nothing waits: every run that is accepted starts at once.<//>`}
    ${classes.filter((row) => row.waiting > 0).map((row) => html`<${Class} key=${row.class} row=${row} />`)}
  `;
}

function Class({ row }) {
  return html`
    <section>
      <h2>${row.class}: ${count(row.waiting)} ${row.waiting === 1 ? 'run' : 'runs'} of ${count(row.flows)} ${row.flows === 1 ? 'flow' : 'flows'}</h2>
      ${row.flows > row.next.length && html`<p class="quiet">The ${row.next.length} that are due first.</p>`}
      <${Table} caption=${`Flows of ${row.class}, the next one first`} keyOf=${({ flow }) => flow} rows=${row.next} columns=${[
        {
          name: 'Tenant or group',
          cell: ({ flow }) => flow.replace(/^tenant:/, '').replace(/^group:/, 'group '),
        },
        { name: 'Waiting', number: true, cell: ({ runs }) => count(runs) },
        { name: 'Its next run', cell: ({ first_run }) => first_run && html`<${RunLink} id=${first_run} />` },
        {
          name: 'Position',
          number: true,
          cell: ({ position }) => count(position === undefined ? undefined : position + 1),
        },
        { name: 'Waits for', number: true, cell: ({ waiting_ms }) => span(waiting_ms) },
        { name: 'Starts in', number: true, cell: ({ starts_in_ms }) => span(starts_in_ms) },
      ]} />
    </section>
  `;
}
