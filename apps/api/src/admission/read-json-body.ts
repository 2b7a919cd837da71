import { TextDecoder } from 'node:util';
import { CaluteError } from '@calute/core/errors';
import express, { type Request, type Response } from 'express';
import { findJsonFault } from './find-json-fault.ts';
import { nestsDeeperThan } from './nesting-depth.ts';

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly maxNesting: number;
}

/** The parsed JSON body of a request. Throws CaluteError for every fault of it, and the signal's reason when that aborts. */
export type ReadJsonBody = (request: Request, response: Response, signal: AbortSignal) => Promise<unknown>;

/** A reader of bodies up to `maxBodyBytes` (after inflating gzip, deflate, br or zstd) and `maxNesting` levels. */
export function createBodyReader({ maxBodyBytes, maxNesting }: BodyLimits): ReadJsonBody {
  const readRaw = express.raw({ type: () => true, limit: maxBodyBytes });
  const decoder = new TextDecoder('utf-8', { fatal: true });

  return async (request, response, signal) => {
    checkContentType(request.headers['content-type']);
    await new Promise<void>((resolve, reject) => {
      const abort = () => reject(signal.reason);
      // An inflating reader never learns that its request broke off, so the client's leaving must end the wait.
      signal.addEventListener('abort', abort);
      readRaw(request, response, (error?: unknown) => {
        signal.removeEventListener('abort', abort);
        if (error === undefined) resolve();
        else reject(toBodyError(error, maxBodyBytes));
      });
    });
    const bytes: unknown = request.body;
    request.body = undefined; // because a request lives as long as its answer
    return parseJson(bytes, maxNesting, decoder);
  };
}

function checkContentType(contentType: string | undefined): void {
  if (contentType === undefined || /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType)) return;
  throw new CaluteError(
    'unsupported_media_type',
    'Send the body as JSON, with "Content-Type: application/json".',
  );
}

/** body-parser marks its errors by a `type`. */
function toBodyError(error: unknown, maxBodyBytes: number): CaluteError {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') {
    return new CaluteError('request_too_large', `The request body is larger than ${maxBodyBytes} bytes.`);
  }
  if (type === 'encoding.unsupported') {
    return new CaluteError(
      'unsupported_media_type',
      'Unknown Content-Encoding; use gzip, deflate, br or none.',
    );
  }
  if (type === 'request.aborted' || type === 'request.size.invalid') {
    return new CaluteError('invalid_request', 'The request body ended before its announced length.');
  }
  return new CaluteError('invalid_encoding', 'The request body does not match its Content-Encoding.', {
    cause: error,
  });
}

function parseJson(body: unknown, maxNesting: number, decoder: TextDecoder): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw new CaluteError('invalid_json', 'The request body is empty; expected a JSON object.');
  }
  if (nestsDeeperThan(body, maxNesting)) {
    throw new CaluteError('nesting_too_deep', `The request body is nested deeper than ${maxNesting} levels.`);
  }
  const text = decode(body, decoder);
  try {
    return JSON.parse(text);
  } catch {
    throw invalidJson(text);
  }
}

function decode(body: Buffer, decoder: TextDecoder): string {
  try {
    return decoder.decode(body);
  } catch {
    throw new CaluteError('invalid_encoding', 'The request body is not valid UTF-8.');
  }
}

function invalidJson(text: string): CaluteError {
  const at = findJsonFault(text);
  const lines = text.slice(0, at).split('\n');
  const what = at < text.length ? 'unexpected character' : 'unexpected end';
  const where = `position ${at} (line ${lines.length} column ${(lines.at(-1)?.length ?? 0) + 1})`;
  return new CaluteError('invalid_json', `The request body is not valid JSON: ${what} at ${where}.`);
}
