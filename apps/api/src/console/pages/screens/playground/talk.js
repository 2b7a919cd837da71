import { signal } from '@preact/signals';
import { ask, send } from '../../core/api.js';
import { span } from '../../core/format.js';
import { readEvents } from './read-events.js';

const storageKey = 'calute-playground';
const blank = {
  phase: 'idle',
  runId: undefined,
  text: '',
  reasoning: '',
  notes: [],
  fault: '',
  usage: undefined,
  resumed: false,
};
const retryMs = 1000;
const mostRetries = 20;

/** One question and its answer. It is kept for this tab, so that a reload takes it up again from where it is. */
export function createTalk() {
  const stored = JSON.parse(sessionStorage.getItem(storageKey) ?? '{}');
  const state = signal({ ...blank, form: stored.form ?? {} });
  const leaving = new AbortController();
  const change = (more) => {
    state.value = { ...state.peek(), ...more };
  };
  const keep = (runId) =>
    sessionStorage.setItem(storageKey, JSON.stringify({ form: state.peek().form, runId }));

  if (stored.runId) {
    change({ phase: 'open', runId: stored.runId, resumed: true });
    follow(stored.runId, { change, state, signal: leaving.signal });
  }
  return {
    state,
    leave: () => leaving.abort(),
    async ask({ form, request }) {
      change({ ...blank, phase: 'open', form });
      keep(undefined);
      const options = { change, state, signal: leaving.signal };
      try {
        await begin(request, { ...options, keep });
      } catch (error) {
        if (leaving.signal.aborted) return;
        const { runId } = state.peek();
        // The connection was cut: the run goes on, and can be read elsewhere.
        if (runId && request.stream) await follow(runId, options);
        else change({ phase: 'failed', fault: error.message });
      }
    },
  };
}

export function cancelRun(runId) {
  return ask(`v1/chat/completions/${runId}/cancel`, { method: 'POST' }).catch(() => undefined);
}

async function begin(request, { change, state, keep, signal: aborted }) {
  const headers = { 'x-on-disconnect': 'continue', 'x-calute-events': '1' };
  const response = await send('v1/chat/completions', {
    method: 'POST',
    body: request,
    headers,
    signal: aborted,
  });
  const runId = response.headers.get('x-calute-run-id') ?? undefined;
  if (!response.ok) return change({ phase: 'failed', fault: await tellFault(response), runId });
  change({ runId });
  keep(runId);
  if (request.stream) return await takeEvents(response, { change, state });
  const { choices, usage } = await response.json();
  const [{ message, finish_reason }] = choices;
  change({
    phase: 'done',
    usage,
    text: message.content ?? '',
    reasoning: message.reasoning ?? '',
    notes: tellCalls(message.tool_calls ?? [], finish_reason),
  });
}

/** Reads a run from its beginning, and again when the connection is cut. */
async function follow(runId, { change, state, signal: aborted }) {
  for (let tries = 0; tries < mostRetries && !aborted.aborted; tries += 1) {
    change({ text: '', reasoning: '', notes: [] });
    try {
      const response = await send(`v1/chat/completions/${runId}/stream`, { signal: aborted });
      if (!response.ok) return change({ phase: 'failed', fault: await tellFault(response) });
      return await takeEvents(response, { change, state });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
  if (!aborted.aborted)
    change({ phase: 'failed', fault: 'The connection was cut again and again; load the page again.' });
}

async function tellFault(response) {
  const body = await response.json().catch(() => undefined);
  return body?.error?.message ?? `The server answered ${response.status}.`;
}

/** Throws when the stream ends without an end. */
async function takeEvents(response, { change, state }) {
  for await (const data of readEvents(response.body)) {
    if (data === '[DONE]') return change({ phase: 'done' });
    const chunk = JSON.parse(data);
    if (chunk.error) return change({ phase: 'failed', fault: chunk.error.message });
    change(applyChunk(state.peek(), chunk));
  }
  throw new Error('The stream was cut.');
}

function applyChunk({ text, reasoning, notes }, { choices: [choice], usage, calute }) {
  const delta = choice?.delta ?? {};
  const told = [
    progress[calute?.event]?.(calute),
    ...tellCalls(delta.tool_calls ?? [], choice?.finish_reason),
  ].filter(Boolean);
  return {
    text: text + (delta.content ?? ''),
    reasoning: reasoning + (delta.reasoning ?? ''),
    notes: told.length > 0 ? [...notes, ...told] : notes,
    ...(usage ? { usage } : {}),
  };
}

/** Of progress in a word each; what is not known here is left out. */
const progress = {
  queued: ({ position }) => `Waits in place ${position + 1}.`,
  'tool-start': ({ name, task }) => `The agent calls its tool ${name}${task ? ` for ${task}` : ''}.`,
  'tool-end': ({ name, ok, duration_ms }) =>
    `${name} is ${ok ? 'done' : 'failed'} after ${span(duration_ms)}.`,
  handoff: ({ from, to }) => `${from} hands over to ${to}.`,
  plan: ({ tasks }) => `The team plans ${tasks.map(({ task, agent }) => `${task} for ${agent}`).join(', ')}.`,
  'task-start': ({ task, agent, round }) => `${agent} begins with ${task}${round ? ' again' : ''}.`,
  'task-end': ({ task, agent, duration_ms }) => `${agent} is done with ${task} after ${span(duration_ms)}.`,
  review: ({ task, approved, score }) =>
    `${task} is ${approved ? 'approved' : 'sent back'} with ${score} of 10.`,
  'answer-start': ({ agent }) => `${agent} begins with the answer.`,
};

/** Calls of the client's tools, which a page cannot run. */
function tellCalls(calls, finishReason) {
  const named = calls
    .filter((call) => call.function?.name)
    .map((call) => `Asks for the tool ${call.function.name}.`);
  return finishReason && finishReason !== 'stop' ? [...named, `Ended: ${finishReason}.`] : named;
}
