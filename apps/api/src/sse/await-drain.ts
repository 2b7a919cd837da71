import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Waits until a full response can be written to again, is closed, or has not moved for `timeoutMs`. */
export function awaitDrain(
  response: ServerResponse,
  timeoutMs: number,
): Promise<'drain' | 'close' | 'timed-out'> {
  return awaitEvent(response, ['drain', 'close'], timeoutMs);
}

/** Waits until an ended response has left or its client has; cuts it, and gives false, when neither happens in `timeoutMs`. */
export async function closeWithin(response: ServerResponse, timeoutMs: number): Promise<boolean> {
  if ((await awaitEvent(response, ['close'], timeoutMs)) === 'close') return true;
  await cut(response);
  return false;
}

/** Destroys the connection; everybody who listens has heard of it when this resolves. */
export async function cut(response: ServerResponse): Promise<void> {
  const closed = once(response, 'close');
  response.destroy();
  await closed;
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
