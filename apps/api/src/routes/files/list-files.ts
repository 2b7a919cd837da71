import type { RequestHandler } from 'express';
import { parseFields } from '../../admission/parse-fields.ts';
import { sendJson } from '../../answers/send-json.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';
import { encodeFile } from './encode-file.ts';
import { filePageSchema } from './file-schemas.ts';

/** `GET /v1/files`: newest first; `purpose`, `order`, `limit` and `after`. */
export function listFiles({ files }: Pick<ApiParts, 'files'>): RequestHandler {
  return async (request, response) => {
    const page = parseFields(filePageSchema, request.query);
    const listed = await files.files.list(identityOf(response).tenant, page);
    sendJson(response, 200, {
      object: 'list',
      data: listed.files.map(encodeFile),
      first_id: listed.files[0]?.id ?? null,
      last_id: listed.files.at(-1)?.id ?? null,
      has_more: listed.hasMore,
    });
  };
}
