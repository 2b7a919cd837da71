import { maxPartBytes } from '@calute/core/files/upload-record';
import type { RequestHandler } from 'express';
import { parseFields } from '../../admission/parse-fields.ts';
import { sendJson } from '../../answers/send-json.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';
import { jsonBody } from '../../middleware/json-body.ts';
import { encodePart, encodeUpload } from './encode-file.ts';
import { completionSchema, newUploadSchema, parseUploadId } from './file-schemas.ts';
import { receiveFile } from './receive-file.ts';

type UploadHandler = RequestHandler<{ id: string }>;

/** `POST /v1/uploads`: begins a file that comes in parts. */
export function createUpload({ files, settings }: Pick<ApiParts, 'files' | 'settings'>) {
  const create: RequestHandler = async (request, response) => {
    const { mime_type, expires_after, ...fields } = parseFields(newUploadSchema, request.body);
    const upload = { ...fields, mimeType: mime_type, expiresAfterS: expires_after?.seconds };
    const created = await files.uploads.create(identityOf(response).tenant, upload);
    sendJson(response, 200, encodeUpload(created));
  };
  return [...jsonBody(settings), create];
}

/** `POST /v1/uploads/{id}/parts`: a form with `data`. Parts may come at once and in any order. */
export function addPart(parts: Pick<ApiParts, 'files' | 'streams'>): UploadHandler {
  const { uploads } = parts.files;
  return async (request, response) => {
    const record = await uploads.getPending(identityOf(response).tenant, parseUploadId(request.params.id));
    const options = { response, fileField: 'data', maxBytes: maxPartBytes, reserves: false };
    const { content } = await receiveFile({ ...options, request }, parts);
    sendJson(response, 200, encodePart(await uploads.addPart(record, content)));
  };
}

/** `POST /v1/uploads/{id}/complete`: makes the file of the parts that are named, in their order. */
export function completeUpload({ files, settings }: Pick<ApiParts, 'files' | 'settings'>) {
  const complete: UploadHandler = async (request, response) => {
    const id = parseUploadId(request.params.id);
    const { part_ids: partIds, md5 } = parseFields(completionSchema, request.body);
    const { tenant } = identityOf(response);
    sendJson(response, 200, encodeUpload(await files.uploads.complete(tenant, id, { partIds, md5 })));
  };
  return [...jsonBody(settings), complete];
}

/** `POST /v1/uploads/{id}/cancel`. */
export function cancelUpload({ files }: Pick<ApiParts, 'files'>): UploadHandler {
  return async (request, response) => {
    const id = parseUploadId(request.params.id);
    sendJson(response, 200, encodeUpload(await files.uploads.cancel(identityOf(response).tenant, id)));
  };
}
