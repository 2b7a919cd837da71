import type { IncomingMessage } from 'node:http';
import { TextDecoder } from 'node:util';
import { CaluteError } from '@calute/core/errors';
import { findJsonFault } from './find-json-fault.ts';
import { bodyTooLarge, inflateBody } from './inflate-body.ts';
import { nestsDeeperThan } from './nesting-depth.ts';

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly maxNesting: number;
}

/** The parsed JSON body of a request. Throws CaluteError for every fault of it, and when its client leaves. */
export type ReadJsonBody = (request: IncomingMessage) => Promise<unknown>;

/** A reader of bodies up to `maxBodyBytes` (after inflating gzip, deflate, br or zstd) and `maxNesting` levels. */
export function createBodyReader({ maxBodyBytes, maxNesting }: BodyLimits): ReadJsonBody {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return async (request) => {
    checkContentType(request.headers['content-type']);
    const sent = await readBytes(request, maxBodyBytes);
    const encoding = request.headers['content-encoding'];
    const bytes = encoding ? await inflateBody(sent, { encoding, maxBodyBytes }) : sent;
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

/**
 * What is above the limit is read off, so that its sender gets the answer instead of a reset. The listeners live as long as
 * the request, which is as long as its answer, so nothing that they refer to may keep the bytes.
 */
async function readBytes(request: IncomingMessage, maxBodyBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= maxBodyBytes) chunks.push(chunk);
    else chunks.length = 0;
  });
  await whenEnded(request);
  if (length > maxBodyBytes) throw bodyTooLarge(maxBodyBytes);
  return Buffer.concat(chunks.splice(0));
}

function whenEnded(request: IncomingMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      if (!request.readableEnded) reject(new CaluteError('run_cancelled', 'The client left while it sent.'));
    };
    request.on('end', resolve);
    request.on('close', leave);
    if (request.destroyed) leave();
  });
}

function parseJson(body: Buffer, maxNesting: number, decoder: TextDecoder): unknown {
  if (body.length === 0) {
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
