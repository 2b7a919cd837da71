import { signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { loadSession } from './api.js';

/** Whether what is shown stands still. */
export const paused = signal(false);

const retryMs = 3000;

/** A view that is sent each time that it changes: `data`, `fault`, and whether it is `connected`. */
export function useLive(view, params = {}) {
  const state = useSignal({ data: undefined, fault: undefined, connected: false });
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value)).toString();
  useEffect(() => watch(`/console/api/live/${view}?${query}`, state), [view, query]);
  return state.value;
}

function watch(url, state) {
  let source;
  let timer;
  let latest;
  const show = (change) => {
    latest = { ...(latest ?? state.peek()), ...change };
    if (!paused.peek()) state.value = latest;
  };
  const open = () => {
    source = new EventSource(url);
    source.onopen = () => show({ connected: true });
    source.onmessage = ({ data }) => show({ data: JSON.parse(data), fault: undefined, connected: true });
    source.addEventListener('fault', ({ data }) => show({ fault: JSON.parse(data).error }));
    source.onerror = () => {
      show({ connected: false });
      if (source.readyState !== EventSource.CLOSED) return;
      // Refused: the session may be over, the server may be draining.
      timer = setTimeout(() => loadSession().then(open, open), retryMs);
    };
  };
  // What is of another query is not to be shown under this one.
  state.value = { data: undefined, fault: undefined, connected: false };
  open();
  const resume = paused.subscribe((isPaused) => {
    if (!isPaused && latest) state.value = latest;
  });
  return () => {
    resume();
    clearTimeout(timer);
    source.close();
  };
}
