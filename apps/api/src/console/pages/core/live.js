import { signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask } from './api.js';

/** Whether what is shown stands still. */
export const paused = signal(false);

const retryMs = 1000;

/** A view that is sent each time that it changes: `data`, `fault`, and whether it is `connected`. */
export function useLive(view, params = {}) {
  const state = useSignal({ data: undefined, fault: undefined, connected: false });
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value)).toString();
  useEffect(() => watch(`${view}?${query}`, state), [view, query]);
  return state.value;
}

function watch(asked, state) {
  let isOver = false;
  let source;
  let timer;
  let latest;
  const show = (change) => {
    latest = { ...(latest ?? state.peek()), ...change };
    if (!paused.peek()) state.value = latest;
  };
  const open = () => {
    source = new EventSource(`/console/api/live/${asked}`);
    source.onopen = () => show({ connected: true });
    source.onmessage = ({ data }) => show({ data: JSON.parse(data), fault: undefined, connected: true });
    source.addEventListener('fault', ({ data }) => show({ fault: JSON.parse(data).error }));
    source.onerror = () => {
      show({ connected: false });
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(retry, retryMs);
    };
  };
  /** The stream was refused, which says no more than that: the same without a stream says why. */
  const retry = async () => {
    const fault = await ask(`views/${asked}`).then(
      () => undefined,
      (refusal) => refusal,
    );
    if (isOver) return;
    show({ fault });
    const mayPass = !fault?.status || fault.status >= 500 || fault.status === 429;
    if (mayPass) open();
  };
  // What is of another query is not to be shown under this one.
  state.value = { data: undefined, fault: undefined, connected: false };
  open();
  const resume = paused.subscribe((isPaused) => {
    if (!isPaused && latest) state.value = latest;
  });
  return () => {
    isOver = true;
    resume();
    clearTimeout(timer);
    source.close();
  };
}
