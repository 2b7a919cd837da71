import { clock } from '../core/format.js';
import { html } from '../core/html.js';
import { Table } from './table.js';

const width = 600;
const height = 110;

/** Lines over time, and the same as a table. `series`: `{ name, kind, pick(point) }`; a point may lack a value. */
export function Chart({ title, points, series, format }) {
  const values = points.flatMap((point) => series.flatMap(({ pick }) => pick(point) ?? []));
  const most = Math.max(1, ...values);
  const latest = series.map(
    ({ name, pick }) =>
      `${name} ${format(points.findLast((point) => pick(point) !== undefined) ? pick(points.findLast((point) => pick(point) !== undefined)) : undefined)}`,
  );
  return html`
    <figure class="chart">
      <figcaption>${title}<span class="legend">${series.map(({ name, kind }, index) => html`<span class=${`key ${kind}`}>${latest[index] ?? name}</span>`)}</span></figcaption>
      <div class="plot">
        <span class="most" aria-hidden="true">${values.length > 0 ? format(most) : 'nothing yet'}</span>
        <svg viewBox=${`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label=${`${title}: ${latest.join(', ')}. The table below has all values.`}>
          ${[0.25, 0.5, 0.75].map((share) => html`<line class="grid" x1="0" x2=${width} y1=${height * share} y2=${height * share} />`)}
          ${series.map(({ pick, kind }) => html`<path class=${kind} d=${draw(points.map(pick), most)} />`)}
        </svg>
        <div class="ends" aria-hidden="true"><span>${clock(points.at(0)?.atMs)}</span><span>${clock(points.at(-1)?.atMs)}</span></div>
      </div>
      <details>
        <summary>Values of ${title.toLowerCase()}</summary>
        <${Table}
          caption=${title}
          columns=${[
            { name: 'Time', cell: ({ atMs }) => clock(atMs) },
            ...series.map(({ name, pick }) => ({ name, number: true, cell: (point) => format(pick(point)) })),
          ]}
          rows=${points.toReversed()}
        />
      </details>
    </figure>
  `;
}

/** A line that pauses where there is no value. */
function draw(values, most) {
  let path = '';
  let isDown = false;
  values.forEach((value, index) => {
    if (value === undefined) {
      isDown = false;
      return;
    }
    const x = ((index / Math.max(1, values.length - 1)) * width).toFixed(1);
    const y = (height - 2 - (value / most) * (height - 6)).toFixed(1);
    // A value that stands alone is a short line.
    path += isDown ? `L${x} ${y}` : `M${x} ${y}h-4`;
    isDown = true;
  });
  return path;
}
