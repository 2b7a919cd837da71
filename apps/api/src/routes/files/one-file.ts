import type { RequestHandler } from 'express';
import { sendJson } from '../../answers/send-json.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';
import { encodeFile } from './encode-file.ts';
import { parseFileId } from './file-schemas.ts';

type FileHandler = RequestHandler<{ id: string }>;

/** `GET /v1/files/{id}`. */
export function getFile({ files }: Pick<ApiParts, 'files'>): FileHandler {
  return async (request, response) => {
    const record = await files.files.get(identityOf(response).tenant, parseFileId(request.params.id));
    sendJson(response, 200, encodeFile(record));
  };
}

/** `DELETE /v1/files/{id}`. */
export function deleteFile({ files }: Pick<ApiParts, 'files'>): FileHandler {
  return async (request, response) => {
    const id = parseFileId(request.params.id);
    await files.files.remove(identityOf(response).tenant, id);
    sendJson(response, 200, { id, object: 'file', deleted: true });
  };
}
