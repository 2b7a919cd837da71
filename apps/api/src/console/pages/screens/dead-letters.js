import { useSignal } from '@preact/signals';
import { act, ask, session } from '../core/api.js';
import { count, dateTime, none } from '../core/format.js';
import { html } from '../core/html.js';
import { useLive } from '../core/live.js';
import { ConfirmButton } from '../parts/confirm-button.js';
import { RunLink } from '../parts/run-link.js';
import { Empty, Shown } from '../parts/states.js';

export function DeadLetters() {
  // They are looked at every few seconds; what was done here is seen at once.
  const gone = useSignal(new Set());
  return html`
    <p class="quiet">Runs under which two workers died, or whose processing met a bug. They are kept for 7 days.</p>
    <${Shown} live=${useLive('dead-letters')}>${({ letters }) => html`<${List} letters=${letters.filter(({ id }) => !gone.value.has(id))} gone=${gone} />`}<//>
  `;
}

function List({ letters, gone }) {
  if (letters.length === 0) return html`<${Empty}>There are no dead letters.<//>`;
  return html`<ul class="cards">${letters.map((letter) => html`<li key=${letter.id}><${Letter} letter=${letter} gone=${gone} /></li>`)}</ul>`;
}

function Letter({ letter, gone }) {
  const { id, agent, tenant, executions, reason, failed_at_ms, may_retry, messages } = letter;
  const leave = (result) => {
    if (result) gone.value = new Set([...gone.value, id]);
  };
  const retry = () =>
    act(
      () => ask(`dead-letters/${id}/retry`, { method: 'POST' }),
      (run) => `Sent again as ${run.id}.`,
    ).then(leave);
  const remove = () =>
    act(
      () => ask(`dead-letters/${id}`, { method: 'DELETE' }),
      () => `Removed ${id}.`,
    ).then(leave);
  return html`
    <h2><${RunLink} id=${id} /></h2>
    <p>${agent ?? none}, tenant ${tenant ?? none}; failed ${dateTime(failed_at_ms)} after ${count(executions)} starts.${reason && ` ${reason}`}</p>
    ${messages && html`<details><summary>Request</summary><pre>${JSON.stringify(messages, null, 2)}</pre></details>`}
    ${
      session.value.may.change &&
      html`
      <button type="button" disabled=${!may_retry} onClick=${retry}>Retry</button>
      <${ConfirmButton} label="Remove" onConfirm=${remove} />
    `
    }
  `;
}
