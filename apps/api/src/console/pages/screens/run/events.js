import { count, span } from '../../core/format.js';
import { html } from '../../core/html.js';
import { Badge, Empty } from '../../parts/states.js';

/** What happened, in order. */
export function Events({ run }) {
  const { items, left_out } = run;
  if (items.length === 0) return html`<${Empty}>Nothing has happened yet.<//>`;
  return html`
    <ol class="events">
      ${items.map((item) => html`<li class=${item.kind}>${describe(item, run)}</li>`)}
    </ol>
    ${left_out > 0 && html`<p class="quiet">${count(left_out)} further events are left out.</p>`}
  `;
}

function describe(item, run) {
  const choice = item.choice > 0 ? ` (choice ${item.choice})` : '';
  switch (item.kind) {
    case 'text':
      return `Answers ${count(item.characters)} characters${choice}.`;
    case 'reasoning':
      return `Thinks ${count(item.characters)} characters${choice}.`;
    case 'client-call':
      return html`Calls <code>${item.name}</code>, a tool of its client${choice}.`;
    case 'choice-end':
      return `Choice ${item.choice} is complete.`;
    case 'step':
      return html`<${Step} step=${item} asked=${run.agent} choice=${choice} />`;
    case 'branch':
      return html`<${Branch} item=${item} run=${run} choice=${choice} />`;
    case 'end':
      return html`<${End} end=${item} />`;
    default:
      return item.kind;
  }
}

/** What a member of a team does beside others. The one that gives the answer has no result of its own: the answer follows. */
function Branch({ item: { branch, agent, done, tokens, duration_ms, result }, run, choice }) {
  const state =
    run.end === 'completed' ? 'gives the answer' : run.phase === 'ended' ? 'not done' : 'under way';
  return html`
    <strong>${agent}</strong> works on <code>${branch}</code>${choice}: ${' '}
    ${done ? html`<${Badge} kind="completed">done<//> in ${span(duration_ms)} with ${count(tokens)} tokens` : html`<${Badge} kind=${run.end ?? 'running'}>${state}<//>`}
    ${result !== undefined && html`<details><summary>Result</summary><pre>${result}</pre></details>`}
  `;
}

function Step({ step, asked, choice }) {
  const { agent = asked, model, branch, calls, handoff, tokens } = step;
  return html`
    <strong>${agent}</strong>${model && ` with ${model}`}${branch && html` in <code>${branch}</code>`} takes a step of ${count(tokens)} tokens${choice}
    ${handoff && html` and hands over to <strong>${handoff}</strong>`}:
    <ul>${calls.filter((call) => !call.is_handoff).map((call) => html`<li><${Call} call=${call} /></li>`)}</ul>
  `;
}

function Call({ call: { name, done, duration_ms, arguments: given, result } }) {
  return html`
    <code>${name}</code> ${done ? html`<${Badge} kind="completed">done<//>` : html`<${Badge} kind="running">not done<//>`}
    ${duration_ms !== undefined && ` in ${span(duration_ms)}`}
    ${given !== undefined && html`<details><summary>Arguments and result</summary><pre>${given}</pre>${result !== undefined && html`<pre>${result}</pre>`}</details>`}
  `;
}

function End({ end: { reason, detail, message, agent } }) {
  return html`<${Badge} kind=${reason}>${reason}<//> ${detail}${agent && html`, by <strong>${agent}</strong>`}${message && html`: ${message}`}`;
}
