import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CaluteError } from '@calute/core/errors';
import type { FileRecord } from '@calute/core/files/file-record';
import type { ByteRange } from '@calute/core/files/store/file-store';
import type { Request, RequestHandler, Response } from 'express';
import { signalClientGone } from '../../answers/client-gone.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';
import { parseFileId } from './file-schemas.ts';

type ContentParts = Pick<ApiParts, 'files' | 'logger' | 'settings' | 'streams'>;

/** `GET /v1/files/{id}/content`: the bytes, or with `Range` one range of them. */
export function fileContent(parts: ContentParts): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const record = await parts.files.files.get(identityOf(response).tenant, parseFileId(request.params.id));
    setHeaders(response, record);
    if (request.fresh) return void response.status(304).end();
    const range = chooseRange(request, response, record.bytes);
    if (request.method === 'HEAD') return void response.end();
    const signal = signalClientGone(response);
    const content = await parts.files.files.read(record, range, signal);
    parts.streams.track(response);
    await sendContent(content, { response, signal, parts });
  };
}

function setHeaders(response: Response, { id, bytes, filename }: FileRecord): void {
  response.attachment(filename);
  // A file is shown by no browser as what it calls itself.
  response.setHeader('content-type', 'application/octet-stream');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('accept-ranges', 'bytes');
  // Content only ever grows, so that its length tells its versions apart.
  response.setHeader('etag', `"${id}-${bytes}"`);
}

/** Sets status and length. Several ranges at once are answered with the whole, as HTTP allows. */
function chooseRange(request: Request<{ id: string }>, response: Response, bytes: number): ByteRange {
  const asked = isWanted(request, response) ? request.range(bytes, { combine: true }) : undefined;
  if (asked === -1) {
    response.removeHeader('content-disposition');
    response.setHeader('content-range', `bytes */${bytes}`);
    throw new CaluteError(
      'range_not_satisfiable',
      `The file has ${bytes} bytes; ask for a range within them.`,
    );
  }
  const only = Array.isArray(asked) && asked.type === 'bytes' && asked.length === 1 ? asked[0] : undefined;
  const range = only === undefined ? { start: 0, end: bytes } : { start: only.start, end: only.end + 1 };
  if (only !== undefined) {
    response.status(206).setHeader('content-range', `bytes ${only.start}-${only.end}/${bytes}`);
  }
  response.setHeader('content-length', range.end - range.start);
  return range;
}

/** `If-Range` asks for the range of one version only, and else for the whole. */
function isWanted(request: Request<{ id: string }>, response: Response): boolean {
  const version = request.headers['if-range'];
  return version === undefined || version === response.getHeader('etag');
}

interface Sending {
  readonly response: Response;
  readonly signal: AbortSignal;
  readonly parts: ContentParts;
}

/** At the pace of the client. A failure cuts the connection: the length tells the client that bytes are missing. */
async function sendContent(content: Readable, { response, signal, parts }: Sending): Promise<void> {
  const { settings, logger } = parts;
  response.setTimeout(settings.drainTimeoutMs, () => response.destroy());
  try {
    await pipeline(content, response);
  } catch (error) {
    // A drain ends the answer early, and the client leaves when it likes.
    if (!signal.aborted && !response.writableEnded) logger.error({ err: error }, 'files.read-failed');
    response.destroy();
  }
}
