import type { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';
import { CaluteError } from '@calute/core/errors';

/** The event after which a client wants to read on: `Last-Event-ID`, else `?starting_after=N`, else 0, the beginning. */
export function parseCursor(request: IncomingMessage): number {
  const header = request.headers['last-event-id'];
  if (header !== undefined) return toCursor(header, 'Last-Event-ID', 'invalid_header');
  const query = parse((request.url ?? '').replace(/^[^?]*\??/, ''))['starting_after'];
  return query === undefined ? 0 : toCursor(query, 'starting_after', 'invalid_request');
}

function toCursor(value: unknown, param: string, code: 'invalid_header' | 'invalid_request'): number {
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value);
  throw new CaluteError(code, `Invalid '${param}': expected the number of an event, from 0.`, { param });
}
