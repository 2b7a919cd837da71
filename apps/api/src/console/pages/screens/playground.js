import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask, session } from '../core/api.js';
import { html } from '../core/html.js';
import { RunLink } from '../parts/run-link.js';
import { Empty } from '../parts/states.js';
import { readForm } from './playground/read-form.js';
import { cancelRun, createTalk } from './playground/talk.js';

/** Asks an agent as a client would. What is under way goes on when the page is loaded again. */
export function Playground() {
  const agents = useSignal(undefined);
  const talk = useSignal(undefined);
  useEffect(() => {
    ask('v1/models').then(
      ({ data }) => {
        agents.value = data;
      },
      () => {
        agents.value = [];
      },
    );
    const opened = createTalk();
    talk.value = opened;
    return () => opened.leave();
  }, []);
  if (!session.value.may.infer)
    return html`<${Empty}>The playground needs a key with the scope <code>infer</code>.<//>`;
  if (!talk.value || agents.value === undefined) return html`<p class="quiet">Loading…</p>`;
  if (agents.value.length === 0) return html`<${Empty}>No agent is announced: start a worker.<//>`;
  return html`<div class="columns playground"><${Form} agents=${agents.value} talk=${talk.value} /><${Answer} talk=${talk.value} /></div>`;
}

function Form({ agents, talk }) {
  const { form } = talk.state.value;
  const fault = useSignal('');
  const submit = (event) => {
    event.preventDefault();
    const read = readForm(new FormData(event.target));
    fault.value = read.fault ?? '';
    if (!read.fault) talk.ask(read);
  };
  return html`
    <form class="stack" onSubmit=${submit}>
      <label>Agent<select name="model">${agents.map(({ id }) => html`<option value=${id} selected=${id === form.model}>${id}</option>`)}</select></label>
      <label>System text<textarea name="system" rows="2" defaultValue=${form.system ?? ''}></textarea></label>
      <label>Message<textarea name="user" rows="4" required defaultValue=${form.user ?? ''}></textarea></label>
      <fieldset>
        <legend>Sampling</legend>
        <label>Temperature<input name="temperature" type="number" min="0" max="2" step="0.1" defaultValue=${form.temperature ?? ''} /></label>
        <label>Top p<input name="top_p" type="number" min="0" max="1" step="0.05" defaultValue=${form.top_p ?? ''} /></label>
        <label>Most tokens<input name="max_tokens" type="number" min="1" step="1" defaultValue=${form.max_tokens ?? ''} /></label>
      </fieldset>
      <details>
        <summary>Tools</summary>
        <label>A JSON array of OpenAI's tools<textarea name="tools" rows="4" spellcheck="false" defaultValue=${form.tools ?? ''}></textarea></label>
      </details>
      <label class="inline"><input name="stream" type="checkbox" defaultChecked=${form.stream ?? true} />Stream</label>
      ${fault.value && html`<p class="fault" role="alert">${fault.value}</p>`}
      <button type="submit" class="main" disabled=${talk.state.value.phase === 'open'}>Ask</button>
    </form>
  `;
}

function Answer({ talk }) {
  const { phase, runId, text, reasoning, notes, fault, usage, resumed } = talk.state.value;
  return html`
    <section aria-label="Answer">
      <h2>Answer</h2>
      ${runId && html`<p>Run <${RunLink} id=${runId} />${resumed && ', taken up again after the page was loaded'}</p>`}
      ${notes.length > 0 && html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
      ${reasoning && html`<details open><summary>Reasoning</summary><pre>${reasoning}</pre></details>`}
      <pre class="answer" data-phase=${phase}>${text || (phase === 'idle' ? 'Nothing was asked yet.' : '')}</pre>
      ${fault && html`<p class="fault" role="alert">${fault}</p>`}
      ${phase === 'open' && html`<button type="button" disabled=${!runId} onClick=${() => cancelRun(runId)}>Stop</button>`}
      <p class="quiet" role="status">${phase === 'done' && (usage ? `Done: ${usage.prompt_tokens} + ${usage.completion_tokens} tokens.` : 'Done.')}</p>
    </section>
  `;
}
