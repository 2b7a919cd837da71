import { CaluteError } from '@calute/core/errors';
import type { StagedContent } from '@calute/core/files/staging';
import type { Request, Response } from 'express';
import { signalClientGone } from '../../answers/client-gone.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';
import { type Form, readForm } from '../../multipart/read-form.ts';
import { allowSlowBody, readOff } from '../../server/slow-bodies.ts';

export interface ReceiveOptions {
  readonly request: Request;
  readonly response: Response;
  /** The field of the form that holds the file. */
  readonly fileField: string;
  readonly maxBytes: number;
  /** Whether its bytes count against the quota of the tenant now, and not by something that is there already. */
  readonly reserves: boolean;
}

export interface Received {
  readonly fields: ReadonlyMap<string, string>;
  readonly filename: string;
  readonly content: StagedContent;
}

/** Beside the file: its fields, and what separates them. */
const maxFormBytes = 1024 * 1024;
/** A client that sends nothing for so long is cut. */
const idleMs = 60_000;
/** How long a client that was refused may go on sending before it is cut. */
const readOffMs = 60_000;

/**
 * Reads a form and brings its file into the store while it comes. Throws CaluteError; then nothing is left in the store, and
 * what the client still sends is dropped.
 */
export async function receiveFile(
  options: ReceiveOptions,
  { files, streams }: Pick<ApiParts, 'files' | 'streams'>,
): Promise<Received> {
  const { request, response, fileField } = options;
  allowSlowBody(request, idleMs);
  streams.track(response);
  try {
    checkLength(request, options.maxBytes);
    const form = await readForm(request, {
      fileField,
      takeFile: ({ content }) => files.staging.stage({ ...howToStage(options), source: content }),
      giveBack: (content) => files.staging.discard(content),
    });
    return requireFile(form, fileField);
  } catch (error) {
    readOff(request, readOffMs);
    throw error;
  }
}

/** Most clients say the length before, so that they need not send what is too large. */
function checkLength(request: Request, maxBytes: number): void {
  if ((lengthOf(request) ?? 0) <= maxBytes + maxFormBytes) return;
  throw new CaluteError('request_too_large', `The file is larger than ${maxBytes} bytes.`);
}

function howToStage({ request, response, maxBytes, reserves }: ReceiveOptions) {
  return {
    tenant: identityOf(response).tenant,
    maxBytes,
    reserveBytes: reserves ? Math.min(lengthOf(request) ?? maxBytes, maxBytes) : 0,
    signal: signalClientGone(response),
  };
}

function lengthOf({ headers }: Request): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

function requireFile({ fields, file }: Form<StagedContent>, fileField: string): Received {
  if (file !== undefined) return { fields, filename: file.filename, content: file.taken };
  const message = `The form has no file; send it in the field "${fileField}".`;
  throw new CaluteError('invalid_multipart', message, { param: fileField });
}
