import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const mark = Symbol('slow body');

interface Markable {
  [mark]?: boolean;
}

/**
 * Lets the body of this request take longer than the server's time for requests, as long as it does not pause for `idleMs`;
 * then its connection is cut.
 */
export function allowSlowBody(request: IncomingMessage, idleMs: number): void {
  const socket: Duplex & Markable = request.socket;
  socket[mark] = true;
  request.setTimeout(idleMs, () => request.destroy());
  request.on('close', () => {
    socket[mark] = false;
    request.setTimeout(0);
  });
}

/** Whether a body comes over this connection that may take its time. */
export function hasSlowBody(socket: Duplex & Markable): boolean {
  return socket[mark] === true;
}

/**
 * Reads the rest of a refused body and drops it, so that its sender gets the answer instead of a reset; cuts the connection of
 * one that goes on for longer than `boundMs`.
 */
export function readOff(request: IncomingMessage, boundMs: number): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => request.destroy(), boundMs);
  request.on('close', () => clearTimeout(timer));
  request.resume();
}
