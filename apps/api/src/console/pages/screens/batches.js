import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { act, ask, session } from '../core/api.js';
import { count, dateTime, none, span } from '../core/format.js';
import { html } from '../core/html.js';
import { paused } from '../core/live.js';
import { ConfirmButton } from '../parts/confirm-button.js';
import { Badge, Empty, Shown } from '../parts/states.js';
import { Table } from '../parts/table.js';

const everyMs = 3000;
const open = new Set(['validating', 'in_progress', 'finalizing', 'cancelling']);
const kinds = {
  completed: 'completed',
  failed: 'failed',
  expired: 'failed',
  cancelled: 'cancelled',
  in_progress: 'running',
};

/** The batches of the tenant that looks, as `/v1/batches` tells of them. */
export function Batches() {
  const state = useSignal({ data: undefined, fault: undefined });
  useEffect(() => poll(state), []);
  if (state.value.fault?.status === 404)
    return html`<${Empty}>This server has no batches: <code>/v1/batches</code> is not there.<//>`;
  return html`<${Shown} live=${state.value}>${({ data }) => html`<${List} batches=${data} />`}<//>`;
}

function poll(state) {
  let timer;
  const look = async () => {
    if (!paused.peek()) {
      try {
        state.value = { data: await ask('v1/batches?limit=50'), fault: undefined };
      } catch (fault) {
        state.value = { ...state.peek(), fault };
      }
    }
    if (state.peek().fault?.status !== 404) timer = setTimeout(look, everyMs);
  };
  look();
  return () => clearTimeout(timer);
}

function List({ batches }) {
  if (batches.length === 0)
    return html`<${Empty}>No batch yet. Upload a file of requests and send it to <code>/v1/batches</code>.<//>`;
  return html`<${Table} caption="Batches" keyOf=${({ id }) => id} rows=${batches} columns=${columns} />`;
}

const columns = [
  { name: 'Batch', cell: ({ id }) => html`<code>${id}</code>` },
  { name: 'State', cell: ({ status }) => html`<${Badge} kind=${kinds[status] ?? 'waiting'}>${status}<//>` },
  { name: 'Created', cell: ({ created_at }) => dateTime(created_at * 1000) },
  { name: 'Progress', cell: (batch) => html`<${Progress} batch=${batch} />` },
  { name: 'Left', number: true, cell: (batch) => span(leftMs(batch)) },
  { name: 'Files', cell: (batch) => html`<${Files} batch=${batch} />` },
  { name: 'Actions', cell: (batch) => html`<${Actions} batch=${batch} />` },
];

function doneOf({ request_counts: counts }) {
  return (counts?.completed ?? 0) + (counts?.failed ?? 0);
}

function Progress({ batch }) {
  const { total = 0, failed = 0 } = batch.request_counts ?? {};
  return html`
    <progress aria-label="Lines done" max=${total || 1} value=${doneOf(batch)}></progress>
    ${count(doneOf(batch))} of ${count(total)}${failed > 0 && `, ${count(failed)} failed`}
  `;
}

/** As fast as until now. */
function leftMs(batch) {
  const { status, in_progress_at, request_counts: counts } = batch;
  const done = doneOf(batch);
  if (status !== 'in_progress' || !in_progress_at || done === 0) return undefined;
  return ((Date.now() - in_progress_at * 1000) / done) * (counts.total - done);
}

function Files({ batch }) {
  const files = { input: batch.input_file_id, output: batch.output_file_id, errors: batch.error_file_id };
  const known = Object.entries(files).filter(([, id]) => id);
  if (!session.value.may.files) return known.map(([name]) => name).join(', ');
  return known.map(
    ([name, id]) =>
      html`<a href=${`/console/api/v1/files/${id}/content`} download=${`${id}.jsonl`}>${name}</a> `,
  );
}

function Actions({ batch }) {
  if (!session.value.may.batches) return none;
  const cancel = () =>
    act(
      () => ask(`v1/batches/${batch.id}/cancel`, { method: 'POST' }),
      () => `Cancelling ${batch.id}.`,
    );
  const retry = () =>
    act(
      () => ask(`v1/batches/${batch.id}/retry`, { method: 'POST' }),
      (made) => `Sent the failed lines again as ${made.id}.`,
    );
  if (open.has(batch.status))
    return html`<${ConfirmButton} label="Cancel batch" disabled=${batch.status === 'cancelling'} onConfirm=${cancel} />`;
  return html`<button type="button" disabled=${!(batch.request_counts?.failed > 0)} onClick=${retry}>Retry failed</button>`;
}
