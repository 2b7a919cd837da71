import { isUtf8 } from 'node:buffer';
import { CaluteError } from '@calute/core/errors';
import { nestsDeeperThan } from '@calute/core/protocol/nesting-depth';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { describeJsonFault } from './describe-json-fault.ts';

export interface BodyLimits {
  /** After inflating gzip, deflate, br or zstd. */
  readonly maxBodyBytes: number;
  /** Levels of arrays and objects. */
  readonly maxNesting: number;
}

/** Reads a JSON body into `request.body`; every fault of it becomes a CaluteError. What is above the limit is read off. */
export function jsonBody(limits: BodyLimits): readonly (RequestHandler | ErrorRequestHandler)[] {
  const parse = express.json({
    limit: limits.maxBodyBytes,
    strict: false,
    type: () => true, // because `requireJson` has looked
    verify: (_request, _response, bytes) => checkBytes(bytes, limits.maxNesting),
  });
  return [requireJson, parse, requireBody, explainFault(limits)];
}

/** A body without a type is taken for JSON. */
const requireJson: RequestHandler = (request, _response, next) => {
  const { headers } = request;
  const type = headers['content-type'];
  if (type !== undefined && !/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) {
    const message = 'Send the body as JSON, with "Content-Type: application/json".';
    throw new CaluteError('unsupported_media_type', message);
  }
  // The bytes are held to UTF-8 whatever charset was named; body-parser would refuse `utf8` and decode others.
  headers['content-type'] = 'application/json';
  next();
};

/** body-parser leaves `undefined` when the headers announce no body. */
const requireBody: RequestHandler = (request, _response, next) => {
  if (request.body === undefined) throw emptyBody();
  next();
};

/** Before the text is parsed. A cause, because body-parser writes fields into what is thrown here. */
function checkBytes(bytes: Buffer, maxNesting: number): void {
  const fault = findByteFault(bytes, maxNesting);
  if (fault !== undefined) throw new Error('The bytes are no JSON.', { cause: fault });
}

function findByteFault(bytes: Buffer, maxNesting: number): CaluteError | undefined {
  if (bytes.length === 0) return emptyBody();
  if (nestsDeeperThan(bytes, maxNesting)) {
    const message = `The request body is nested deeper than ${maxNesting} levels.`;
    return new CaluteError('nesting_too_deep', message);
  }
  if (!isUtf8(bytes)) return new CaluteError('invalid_encoding', 'The request body is not valid UTF-8.');
  return undefined;
}

function emptyBody(): CaluteError {
  return new CaluteError('invalid_json', 'The request body is empty; expected a JSON object.');
}

function explainFault({ maxBodyBytes }: BodyLimits): ErrorRequestHandler {
  return (error, _request, _response, next) => next(toBodyFault(error, maxBodyBytes));
}

/** What body-parser puts on its errors. */
interface BodyParserError extends Error {
  /** Missing when inflating has failed. */
  readonly type?: string;
  readonly status: number;
  /** The text that could not be parsed. */
  readonly body?: unknown;
}

function toBodyFault(error: unknown, maxBodyBytes: number): unknown {
  if (!isBodyParserError(error)) return error;
  switch (error.type) {
    case 'entity.verify.failed':
      return error.cause;
    case 'entity.parse.failed':
      return invalidJson(String(error.body));
    case 'entity.too.large':
      return new CaluteError('request_too_large', `The request body is larger than ${maxBodyBytes} bytes.`);
    case 'encoding.unsupported':
      return new CaluteError(
        'unsupported_media_type',
        'Unknown Content-Encoding; use gzip, deflate, br, zstd or none.',
      );
    case 'request.aborted':
      return new CaluteError('run_cancelled', 'The client left while it sent.');
    case undefined: {
      const message = 'The request body does not match its Content-Encoding.';
      return error.status === 400 ? new CaluteError('invalid_encoding', message, { cause: error }) : error;
    }
    default:
      return error;
  }
}

function isBodyParserError(error: unknown): error is BodyParserError {
  return error instanceof Error && !CaluteError.is(error) && 'status' in error;
}

function invalidJson(text: string): CaluteError {
  const fault = describeJsonFault(text);
  const message = `The request body is not valid JSON${fault === undefined ? '' : `: ${fault}`}.`;
  return new CaluteError('invalid_json', message);
}
