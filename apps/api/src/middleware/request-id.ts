import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

const acceptable = /^[\w-]{1,64}$/;

/** Puts `x-request-id` on the response before anything can fail: the client's own if it is harmless, else a new one. */
export const setRequestId: RequestHandler = (request, response, next) => {
  const sent = request.headers['x-request-id'];
  const id = typeof sent === 'string' && acceptable.test(sent) ? sent : createRequestId();
  response.setHeader('x-request-id', id);
  next();
};

export function createRequestId(): string {
  return `req_${randomUUID()}`;
}
