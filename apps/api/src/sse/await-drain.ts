import type { ServerResponse } from 'node:http';

/** Waits until a full response can be written to again, is closed, or has not moved for `timeoutMs`. */
export function awaitDrain(
  response: ServerResponse,
  timeoutMs: number,
): Promise<'drain' | 'close' | 'timed-out'> {
  return awaitEvent(response, ['drain', 'close'], timeoutMs);
}

/** Waits until the client has taken the end of its response, or is gone; false when neither happens in `timeoutMs`. */
export async function awaitClose(response: ServerResponse, timeoutMs: number): Promise<boolean> {
  return (await awaitEvent(response, ['close'], timeoutMs)) === 'close';
}

function awaitEvent<Name extends 'drain' | 'close'>(
  response: ServerResponse,
  names: readonly Name[],
  timeoutMs: number,
): Promise<Name | 'close' | 'timed-out'> {
  if (response.destroyed || response.closed) return Promise.resolve('close');
  return new Promise((resolve) => {
    const settle = (outcome: Name | 'timed-out') => {
      clearTimeout(timer);
      for (const [name, listener] of listeners) response.off(name, listener);
      resolve(outcome);
    };
    const listeners = names.map((name) => [name, () => settle(name)] as const);
    for (const [name, listener] of listeners) response.once(name, listener);
    const timer = setTimeout(() => settle('timed-out'), timeoutMs);
  });
}
