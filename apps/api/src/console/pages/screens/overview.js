import { compact, count, percent, span } from '../core/format.js';
import { html } from '../core/html.js';
import { useLive } from '../core/live.js';
import { href } from '../core/router.js';
import { Chart } from '../parts/chart.js';
import { Badge, Empty, Shown } from '../parts/states.js';
import { Table } from '../parts/table.js';
import { Tile } from '../parts/tile.js';

export function Overview() {
  return html`<${Shown} live=${useLive('overview')}>${(data) => html`<${Figures} ...${data} />`}<//>`;
}

function Figures({ points: raw, span_ms, ends, backlog, workers, providers }) {
  const seconds = span_ms / 1000;
  const points = raw.map((point) => ({
    ...point,
    perSecond: point.accepted / seconds,
    endsPerSecond: point.ended / seconds,
    tokensPerSecond: point.tokens / seconds,
  }));
  const last = points.at(-1);
  const waiting = backlog.classes.reduce((sum, row) => sum + row.waiting, 0);
  const oldest = Math.max(...backlog.classes.map((row) => row.oldest_ms ?? 0));
  return html`
    <dl class="tiles">
      <${Tile} name="Runs per second" value=${last.perSecond.toFixed(1)} />
      <${Tile} name="First token, median" value=${span(points.findLast((point) => point.firstMedianMs !== undefined)?.firstMedianMs)} />
      <${Tile} name="Tokens per second" value=${compact(last.tokensPerSecond)} />
      <${Tile} name="Runs at work" value=${`${count(workers.used)} of ${count(workers.slots)}`} />
      <${Tile} name="Waiting" value=${count(waiting)} note=${waiting > 0 ? `the oldest for ${span(oldest)}` : ''} />
      <${Tile} name="Workers" value=${count(workers.live)} note=${tellWorkers(workers)} warn=${workers.lost > 0 || workers.live === 0} />
    </dl>
    ${workers.live === 0 && html`<p class="fault">No worker is running: what is asked waits until one starts (<code>calute worker</code>).</p>`}
    <div class="columns">
      <${Chart} title="Runs per second" points=${points} format=${(value) => (value === undefined ? '–' : value.toFixed(1))} series=${[
        { name: 'accepted', kind: 'a', pick: (point) => point.perSecond },
        { name: 'ended', kind: 'b', pick: (point) => point.endsPerSecond },
      ]} />
      <${Chart} title="Time to the first token" points=${points} format=${span} series=${[
        { name: 'median', kind: 'a', pick: (point) => point.firstMedianMs },
        { name: '95 of 100', kind: 'b', pick: (point) => point.firstSlowMs },
      ]} />
      <${Chart} title="Tokens per second" points=${points} format=${compact} series=${[{ name: 'tokens', kind: 'a', pick: (point) => point.tokensPerSecond }]} />
      <${Ends} ends=${ends} />
    </div>
    <div class="columns">
      <section class="panel">
        <h2>Backlog</h2>
        <${Table} caption="Backlog by class" keyOf=${(row) => row.class} rows=${backlog.classes} columns=${[
          { name: 'Class', cell: (row) => row.class },
          { name: 'Waiting', number: true, cell: (row) => count(row.waiting) },
          { name: 'Oldest wait', number: true, cell: (row) => span(row.oldest_ms) },
        ]} />
      </section>
      <section class="panel">
        <h2>Model providers</h2>
        <${Providers} rows=${providers} />
      </section>
    </div>
  `;
}

function tellWorkers({ draining, lost }) {
  return [draining > 0 && `${draining} draining`, lost > 0 && `${lost} lost`].filter(Boolean).join(', ');
}

function Ends({ ends }) {
  const all = ends.reduce((sum, { runs }) => sum + runs, 0);
  return html`
    <section class="panel">
      <h2>Ends of the last five minutes</h2>
      ${all === 0 && html`<${Empty}>No run has ended in the last five minutes.<//>`}
      ${
        all > 0 &&
        html`<${Table} caption="Ends by reason" rows=${ends} columns=${[
          {
            name: 'End',
            cell: ({ reason, detail }) =>
              html`<a href=${href(`/runs?end=${encodeURIComponent(detail ?? reason)}`)}><${Badge} kind=${reason}>${detail ?? reason}<//></a>`,
          },
          { name: 'Runs', number: true, cell: ({ runs }) => count(runs) },
          { name: 'Share', number: true, cell: ({ runs }) => percent(runs / all) },
        ]} />`
      }
    </section>
  `;
}

function Providers({ rows }) {
  if (rows.length === 0) return html`<${Empty}>No model provider has been called lately.<//>`;
  return html`<${Table} caption="Model providers" keyOf=${({ name }) => name} rows=${rows} columns=${[
    { name: 'Provider', cell: ({ name }) => name },
    {
      name: 'State',
      cell: ({ state, for_ms, limit }) =>
        html`<${Badge} kind=${state === 'fine' ? 'completed' : 'failed'}>${state}${limit ? ` to ${limit}` : ''}<//> ${for_ms ? `for ${span(for_ms)}` : ''}`,
    },
    { name: 'Open calls', number: true, cell: ({ calls }) => count(calls) },
  ]} />`;
}
