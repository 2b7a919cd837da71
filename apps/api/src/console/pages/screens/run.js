import { act, ask, session } from '../core/api.js';
import { clock, count, dateTime, dollars, none, span } from '../core/format.js';
import { html } from '../core/html.js';
import { useLive } from '../core/live.js';
import { go } from '../core/router.js';
import { ConfirmButton } from '../parts/confirm-button.js';
import { Badge, Hidden, Shown } from '../parts/states.js';
import { Attempts } from './run/attempts.js';
import { Events } from './run/events.js';

export function Run({ id }) {
  return html`<${Shown} live=${useLive('run', { id })}>${(data) => html`<${Details} run=${data} />`}<//>`;
}

function Details({ run }) {
  const isOpen = run.phase !== 'ended';
  return html`
    <div class="bar">
      <${Badge} kind=${run.end ?? run.phase}>${isOpen ? run.phase : describeEnd(run)}<//>
      ${
        session.value.may.change &&
        html`
        <${ConfirmButton} label="Cancel run" disabled=${!isOpen} onConfirm=${() => cancel(run.id)} />
        <button type="button" onClick=${() => again(run.id)}>Run again</button>
      `
      }
    </div>
    ${run.position !== undefined && html`<p>It waits in place ${count(run.position + 1)}${run.starts_in_ms !== undefined && `, and is believed to start in ${span(run.starts_in_ms)}`}.</p>`}
    <${Facts} run=${run} />
    <section><h2>Attempts</h2><${Attempts} run=${run} /></section>
    <section><h2>Events</h2><${Events} run=${run} /></section>
    ${run.content ? html`<${Content} run=${run} />` : html`<section><h2>Conversation</h2><${Hidden} /></section>`}
  `;
}

function describeEnd({ items, end }) {
  const last = items.at(-1);
  return last?.kind === 'end' ? `${last.reason}: ${last.detail}` : end;
}

function Facts({ run }) {
  const work = run.work ?? {};
  const { request = {} } = run;
  const facts = {
    Agent: run.agent,
    Tenant: run.tenant,
    Class: run.class,
    Accepted: dateTime(run.created_at_ms),
    Deadline: clock(run.deadline_at_ms),
    Waited: span(work.waited_ms),
    'First token': span(work.first_ms),
    Took: span(work.total_ms),
    Tokens:
      work.prompt_tokens === undefined
        ? none
        : `${count(work.prompt_tokens)} + ${count(work.completion_tokens)}`,
    Cost: dollars(work.cost_usd),
    Asked: [
      request.stream ? 'a stream' : 'one answer',
      request.n > 1 && `${request.n} choices`,
      request.messages === 1 ? '1 message' : `${count(request.messages)} messages`,
    ]
      .filter(Boolean)
      .join(', '),
    Tools: request.tools?.join(', ') || none,
    'If its client leaves': request.on_disconnect,
  };
  return html`<dl class="facts">${Object.entries(facts).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value ?? none}</dd></div>`)}</dl>`;
}

/** Whatever was written is shown as text. */
function Content({ run: { messages = [], content, request } }) {
  const { answer, reasoning, cut_before } = content;
  return html`
    <section class="conversation">
      <h2>Conversation</h2>
      ${request.messages > messages.length && html`<p class="quiet">The last ${messages.length} of ${request.messages} messages.</p>`}
      ${messages.map(({ role, text }) => html`<article class="message"><h3>${role}</h3><pre>${text}</pre></article>`)}
      ${reasoning && html`<article class="message"><h3>reasoning</h3><pre>${reasoning}</pre></article>`}
      <article class="message answer">
        <h3>answer</h3>
        ${cut_before > 0 && html`<p class="quiet">${count(cut_before)} characters before this are not shown.</p>`}
        <pre>${answer || none}</pre>
      </article>
    </section>
  `;
}

function cancel(id) {
  const doing = () => ask(`runs/${id}/cancel`, { method: 'POST' });
  return act(doing, ({ status }) =>
    status === 'cancelled' ? `Cancelled ${id}.` : `${id} had ended before.`,
  );
}

async function again(id) {
  const doing = () => ask(`runs/${id}/again`, { method: 'POST' });
  const made = await act(doing, (run) => `Sent again as ${run.id}.`);
  if (made) go(`/runs/${made.id}`);
}
