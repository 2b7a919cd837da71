import type { RequestHandler } from 'express';
import { parseFields } from '../../admission/parse-fields.ts';
import { sendJson } from '../../answers/send-json.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';
import { batchPageSchema } from './batch-schemas.ts';
import { encodeBatch } from './encode-batch.ts';

/** `GET /v1/batches`: newest first; `limit` and `after`. */
export function listBatches({ batches }: Pick<ApiParts, 'batches'>): RequestHandler {
  return async (request, response) => {
    const page = parseFields(batchPageSchema, request.query);
    const listed = await batches.list(identityOf(response).tenant, page);
    sendJson(response, 200, {
      object: 'list',
      data: listed.batches.map(encodeBatch),
      first_id: listed.batches[0]?.record.id ?? null,
      last_id: listed.batches.at(-1)?.record.id ?? null,
      has_more: listed.hasMore,
    });
  };
}
