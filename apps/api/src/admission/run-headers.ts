import type { IncomingHttpHeaders } from 'node:http';
import type { CompletionContext } from '@calute/core/completions/completion-context';
import { CaluteError } from '@calute/core/errors';

export type RunHeaders = Pick<
  CompletionContext,
  'deadlineMs' | 'onDisconnect' | 'showEvents' | 'idempotencyKey'
>;

/** What a client says about the run in its headers. Throws `invalid_header`, naming the first that is wrong. */
export function parseRunHeaders(headers: IncomingHttpHeaders, runTimeoutMs: number): RunHeaders {
  return {
    deadlineMs: Math.min(parseDeadline(headers['x-request-deadline-ms']) ?? runTimeoutMs, runTimeoutMs),
    onDisconnect: parseOnDisconnect(headers['x-on-disconnect']),
    showEvents: parseEvents(headers['x-calute-events']),
    idempotencyKey: parseIdempotencyKey(headers['idempotency-key']),
  };
}

type Header = string | string[] | undefined;

function parseDeadline(header: Header): number | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^0*[1-9]\d{0,14}$/.test(header)) return Number(header);
  throw invalid('X-Request-Deadline-Ms', 'a positive whole number of milliseconds');
}

function parseOnDisconnect(header: Header): RunHeaders['onDisconnect'] {
  if (header === undefined || header === 'cancel') return 'cancel';
  if (header === 'continue') return header;
  throw invalid('X-On-Disconnect', '"cancel" or "continue"');
}

function parseEvents(header: Header): boolean {
  if (header === undefined || header === '0') return false;
  if (header === '1') return true;
  throw invalid('X-Calute-Events', '"0" or "1"');
}

/** Throws `invalid_header`. */
export function parseIdempotencyKey(header: Header): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw invalid('Idempotency-Key', '1 to 255 visible ASCII characters');
}

function invalid(name: string, expectation: string): CaluteError {
  return new CaluteError('invalid_header', `Invalid header '${name}': expected ${expectation}.`, {
    param: name,
  });
}
