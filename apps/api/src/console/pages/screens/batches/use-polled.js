import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ask } from '../../core/api.js';
import { paused } from '../../core/live.js';

const everyMs = 3000;

/** What a list of the API says every few seconds as `live`, from the page after `after` on; and `look`, which asks at once. */
export function usePolled(path, after) {
  const live = useSignal({ data: undefined, fault: undefined });
  const look = useRef();
  useEffect(() => {
    let isOver = false;
    let timer;
    const show = (change) => {
      if (!isOver) live.value = { ...live.peek(), ...change };
    };
    look.current = async () => {
      await ask(after ? `${path}&after=${after}` : path).then(
        (data) => show({ data, fault: undefined }),
        (fault) => show({ fault }),
      );
      clearTimeout(timer);
      if (!isOver) timer = setTimeout(next, everyMs);
    };
    const next = () => {
      if (paused.peek()) timer = setTimeout(next, everyMs);
      else look.current();
    };
    look.current();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [path, after]);
  return { live: live.value, look: () => look.current() };
}
