import { clock, span } from '../../core/format.js';
import { html } from '../../core/html.js';
import { Empty } from '../../parts/states.js';
import { Table } from '../../parts/table.js';

/** The wait and each attempt with its worker, as bars on one time line. */
export function Attempts({ run }) {
  const { attempts = [], created_at_ms: from } = run;
  if (attempts.length === 0) return html`<${Empty}>No worker has begun it.<//>`;
  const to = endOf(run);
  const rows = [
    { name: 'waits', worker: '', fromMs: from, toMs: attempts[0].at_ms },
    ...attempts.map(({ attempt, worker, at_ms }, index) => ({
      name: `attempt ${attempt}`,
      worker,
      fromMs: at_ms,
      toMs: attempts[index + 1]?.at_ms ?? to,
    })),
  ];
  const whole = Math.max(1, to - from);
  return html`<${Table} caption="Attempts" rows=${rows} columns=${[
    { name: 'Part', cell: ({ name }) => name },
    { name: 'From', cell: ({ fromMs }) => clock(fromMs) },
    { name: 'Took', number: true, cell: ({ fromMs, toMs }) => span(Math.max(0, toMs - fromMs)) },
    {
      name: 'Time line',
      cell: ({ name, fromMs, toMs }) => html`
        <svg class="bar-line" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
          <rect class=${name === 'waits' ? 'wait' : 'work'} x=${((fromMs - from) / whole) * 100} width=${Math.max(0.5, ((toMs - fromMs) / whole) * 100)} height="6" rx="1" />
        </svg>
      `,
    },
    { name: 'Worker', cell: ({ worker }) => worker && html`<code>${worker}</code>` },
  ]} />`;
}

/** While it is open it grows; of an end that nobody has told when it was, the last attempt is as short as can be. */
function endOf({ phase, created_at_ms: from, work, attempts }) {
  if (phase !== 'ended') return Date.now();
  return work ? from + work.total_ms : attempts.at(-1).at_ms;
}
