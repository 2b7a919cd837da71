import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const acceptable = /^[\w-]{1,64}$/;

/** Puts `x-request-id` on the response before anything can fail: the client's own if it is harmless, else a new one. */
export function setRequestId(request: IncomingMessage, response: ServerResponse): void {
  const sent = request.headers['x-request-id'];
  response.setHeader(
    'x-request-id',
    typeof sent === 'string' && acceptable.test(sent) ? sent : createRequestId(),
  );
}

export function createRequestId(): string {
  return `req_${randomUUID()}`;
}
