import type { StagedContent } from '@calute/core/files/staging';
import type { RequestHandler } from 'express';
import { parseFields } from '../../admission/parse-fields.ts';
import { sendJson } from '../../answers/send-json.ts';
import type { ApiParts } from '../../api-parts.ts';
import { encodeFile } from './encode-file.ts';
import { nestFields, newFileSchema } from './file-schemas.ts';
import { receiveFile } from './receive-file.ts';

type FileParts = Pick<ApiParts, 'files' | 'streams'>;

/** `POST /v1/files`: a form with `file`, `purpose` and, if it is to go by itself, `expires_after`. */
export function createFile(parts: FileParts): RequestHandler {
  const { files, limits } = parts.files;
  return async (request, response) => {
    const { maxFileBytes: maxBytes } = limits;
    const options = { request, response, fileField: 'file', maxBytes, reserves: true };
    const { fields, filename, content } = await receiveFile(options, parts);
    const { purpose, expires_after } = await parseOrDiscard(fields, { content, parts });
    const record = await files.create(content, { filename, purpose, expiresAfterS: expires_after?.seconds });
    sendJson(response, 200, encodeFile(record));
  };
}

interface Received {
  readonly content: StagedContent;
  readonly parts: FileParts;
}

/** Only now: fields may stand behind the file. */
async function parseOrDiscard(fields: ReadonlyMap<string, string>, { content, parts }: Received) {
  try {
    return parseFields(newFileSchema, nestFields(fields));
  } catch (error) {
    await parts.files.staging.discard(content);
    throw error;
  }
}
