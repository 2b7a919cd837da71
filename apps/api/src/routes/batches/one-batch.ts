import type { RequestHandler } from 'express';
import { parseIdempotencyKey } from '../../admission/run-headers.ts';
import { sendJson } from '../../answers/send-json.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';
import { parseBatchId } from './batch-schemas.ts';
import { encodeBatch } from './encode-batch.ts';

type BatchHandler = RequestHandler<{ id: string }>;

/** `GET /v1/batches/{id}`. */
export function getBatch({ batches }: Pick<ApiParts, 'batches'>): BatchHandler {
  return async (request, response) => {
    const batch = await batches.get(identityOf(response).tenant, parseBatchId(request.params.id));
    sendJson(response, 200, encodeBatch(batch));
  };
}

/** `POST /v1/batches/{id}/cancel`: what is done stays. */
export function cancelBatch({ batches }: Pick<ApiParts, 'batches'>): BatchHandler {
  return async (request, response) => {
    const batch = await batches.cancel(identityOf(response).tenant, parseBatchId(request.params.id));
    sendJson(response, 200, encodeBatch(batch));
  };
}

/** `POST /v1/batches/{id}/retry`: another batch, of the lines of this one that failed. */
export function retryBatch({ batches }: Pick<ApiParts, 'batches'>): BatchHandler {
  return async (request, response) => {
    const key = parseIdempotencyKey(request.headers['idempotency-key']);
    const batch = await batches.retry(identityOf(response), parseBatchId(request.params.id), key);
    sendJson(response, 200, encodeBatch(batch));
  };
}
