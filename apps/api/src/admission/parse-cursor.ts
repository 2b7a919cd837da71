import { CaluteError } from '@calute/core/errors';
import type { Request } from 'express';

/** Where a client that says nothing begins, and the parameter by which it may say more. */
export interface CursorOptions {
  readonly beginning?: number;
  readonly param?: string;
}

/** The event after which a client wants to read on: `Last-Event-ID`, else what the parameter says, else the beginning. */
export function parseCursor(
  request: Pick<Request, 'headers' | 'query'>,
  { beginning = 0, param = 'starting_after' }: CursorOptions = {},
): number {
  const header = request.headers['last-event-id'];
  if (header !== undefined) return toCursor(header, 'Last-Event-ID', 'invalid_header');
  const query = request.query[param];
  return query === undefined ? beginning : toCursor(query, param, 'invalid_request');
}

function toCursor(value: unknown, param: string, code: 'invalid_header' | 'invalid_request'): number {
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value);
  throw new CaluteError(code, `Invalid '${param}': expected the number of an event, from 0.`, { param });
}
