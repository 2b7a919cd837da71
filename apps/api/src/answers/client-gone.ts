import type { ServerResponse } from 'node:http';
import { CaluteError } from '@calute/core/errors';

/**
 * Aborts when the client closes its connection before its answer is complete. An answer that this server has ended itself,
 * even early because of a drain, is complete in this sense: its run goes on.
 */
export function signalClientGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const leave = () => {
    if (!response.writableEnded)
      controller.abort(new CaluteError('run_cancelled', 'The client closed the connection.'));
  };
  // It may have left before anybody listened.
  if (response.destroyed) leave();
  else response.on('close', leave);
  return controller.signal;
}
