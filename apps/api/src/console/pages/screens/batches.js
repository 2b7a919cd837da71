import { useSignal } from '@preact/signals';
import { act, ask, session } from '../core/api.js';
import { count, dateTime, none, span } from '../core/format.js';
import { html } from '../core/html.js';
import { ConfirmButton } from '../parts/confirm-button.js';
import { Badge, Empty, Shown } from '../parts/states.js';
import { Table } from '../parts/table.js';
import { usePolled } from './batches/use-polled.js';

const open = new Set(['validating', 'in_progress', 'finalizing', 'cancelling']);
const kinds = {
  completed: 'completed',
  failed: 'failed',
  expired: 'failed',
  cancelled: 'cancelled',
  in_progress: 'running',
  finalizing: 'running',
};

/** The batches of the tenant that looks, as `/v1/batches` tells of them. */
export function Batches() {
  if (!session.value.may.batches)
    return html`<${Empty}>Batches need a key with the scope <code>batches</code>.<//>`;
  return html`<${List} />`;
}

function List() {
  // The last batch of each page before this one.
  const pages = useSignal([]);
  const { live, look } = usePolled('v1/batches?limit=50', pages.value.at(-1));
  return html`<${Shown} live=${live}>${(data) => html`<${Page} page=${data} pages=${pages} look=${look} />`}<//>`;
}

function Page({ page: { data: batches, has_more: hasMore, last_id: last }, pages, look }) {
  const isFirst = pages.value.length === 0;
  if (batches.length === 0 && isFirst)
    return html`<${Empty}>No batch yet. Submit one: <code>calute batch create FILE</code>, or <code>POST /v1/batches</code>.<//>`;
  const older = () => {
    pages.value = [...pages.value, last];
  };
  const newer = () => {
    pages.value = pages.value.slice(0, -1);
  };
  return html`
    ${
      (hasMore || !isFirst) &&
      html`<p class="pager">
        <button type="button" disabled=${isFirst} onClick=${newer}>Newer</button>
        <button type="button" disabled=${!hasMore} onClick=${older}>Older</button>
      </p>`
    }
    <${Table} caption="Batches" keyOf=${({ id }) => id} rows=${batches} columns=${columnsOf(look)} />
  `;
}

function columnsOf(look) {
  return [
    { name: 'Batch', cell: (batch) => html`<${Name} batch=${batch} />` },
    { name: 'State', cell: ({ status }) => html`<${Badge} kind=${kinds[status] ?? 'waiting'}>${status}<//>` },
    { name: 'Created', cell: ({ created_at }) => dateTime(created_at * 1000) },
    { name: 'Progress', cell: (batch) => html`<${Progress} batch=${batch} />` },
    { name: 'Left', number: true, cell: (batch) => span(leftMs(batch)) },
    { name: 'Files', cell: (batch) => html`<${Files} batch=${batch} />` },
    { name: 'Actions', cell: (batch) => html`<${Actions} batch=${batch} look=${look} />` },
  ];
}

/** With what is wrong with it as a whole. */
function Name({ batch: { id, model, errors } }) {
  const faults = errors?.data ?? [];
  return html`
    <code class="long">${id}</code>${model && html`<small>${model}</small>`}
    ${
      faults.length > 0 &&
      html`<details class="faults">
        <summary>${count(faults.length)} ${faults.length === 1 ? 'fault' : 'faults'}</summary>
        <ul>${faults.map(({ code, message, line }) => html`<li>${line && `Line ${line}: `}${message} <code>${code}</code></li>`)}</ul>
      </details>`
    }
  `;
}

function doneOf({ request_counts: { completed, failed } }) {
  return completed + failed;
}

function Progress({ batch }) {
  const { total, failed } = batch.request_counts;
  if (total === 0) return none;
  return html`
    <progress aria-label="Lines done" max=${total} value=${doneOf(batch)}></progress>
    ${count(doneOf(batch))} of ${count(total)}${failed > 0 && `, ${count(failed)} failed`}
  `;
}

/** As fast as until now. */
function leftMs(batch) {
  const { status, in_progress_at: begun, request_counts: counts } = batch;
  const done = doneOf(batch);
  if (status !== 'in_progress' || !begun || done === 0) return undefined;
  return (Math.max(0, Date.now() - begun * 1000) / done) * (counts.total - done);
}

function Files({ batch }) {
  const files = { input: batch.input_file_id, output: batch.output_file_id, errors: batch.error_file_id };
  const known = Object.entries(files).filter(([, id]) => id);
  if (!session.value.may.files) return known.map(([name]) => name).join(', ');
  return html`<span class="row">${known.map(
    ([name, id]) => html`<a href=${`/console/api/v1/files/${id}/content`} download>${name}</a>`,
  )}</span>`;
}

function Actions({ batch: { id, status, request_counts: counts }, look }) {
  const change = (what, tell) => () =>
    act(() => ask(`v1/batches/${id}/${what}`, { method: 'POST' }), tell).then(look);
  if (open.has(status)) {
    const cancel = change('cancel', () => `Cancelling ${id}.`);
    return html`<${ConfirmButton} label="Cancel batch" disabled=${status === 'cancelling'} onConfirm=${cancel} />`;
  }
  const retry = change('retry', (made) => `Sent the failed lines again as ${made.id}.`);
  return html`<button type="button" disabled=${counts.failed === 0} onClick=${retry}>Retry failed</button>`;
}
