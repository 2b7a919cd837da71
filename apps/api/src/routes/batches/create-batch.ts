import { CaluteError } from '@calute/core/errors';
import { findUrlFault } from '@calute/core/webhooks/send-webhook';
import type { RequestHandler } from 'express';
import { parseFields } from '../../admission/parse-fields.ts';
import { parseIdempotencyKey } from '../../admission/run-headers.ts';
import { sendJson } from '../../answers/send-json.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';
import { jsonBody } from '../../middleware/json-body.ts';
import { newBatchSchema } from './batch-schemas.ts';
import { encodeBatch } from './encode-batch.ts';

/** `POST /v1/batches`: of an uploaded file, or of lines that stand in the request. */
export function createBatch({ batches, batchEndpoints, settings }: ApiParts) {
  const schema = newBatchSchema([...batchEndpoints.keys()]);
  const create: RequestHandler = async (request, response) => {
    const key = parseIdempotencyKey(request.headers['idempotency-key']);
    const asked = parseFields(schema, request.body);
    request.body = undefined;
    if (asked.webhook) assertUrl(asked.webhook.url, settings.allowPrivateWebhooks);
    const { input_file_id: fileId, requests = [] } = asked;
    const batch = {
      endpoint: asked.endpoint,
      completionWindow: asked.completion_window,
      input: fileId === undefined ? { requests } : { fileId },
      metadata: asked.metadata,
      outputExpiresAfterS: asked.output_expires_after?.seconds,
      webhook: asked.webhook,
    };
    sendJson(response, 200, encodeBatch(await batches.create(identityOf(response), batch, key)));
  };
  return [...jsonBody(settings), create];
}

/** Where its host leads is looked at whenever something is sent. */
function assertUrl(url: string, allowPrivate: boolean): void {
  const fault = findUrlFault(url, allowPrivate);
  if (fault === undefined) return;
  throw new CaluteError('invalid_request', `Invalid 'webhook.url': ${fault}.`, { param: 'webhook.url' });
}
