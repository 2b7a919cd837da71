import { CaluteError } from '@calute/core/errors';
import type { RequestHandler } from 'express';
import { sendJson } from '../answers/send-json.ts';
import type { ApiParts } from '../api-parts.ts';

/** `GET /health`: whether this replica can serve, which it cannot without Redis. */
export function checkHealth({ checkHealth: ping }: Pick<ApiParts, 'checkHealth'>): RequestHandler {
  return async (_request, response) => {
    const healthy = await ping().catch(() => false);
    if (!healthy) {
      throw new CaluteError('store_unavailable', 'Redis does not answer.', { retryAfterMs: 1000 });
    }
    sendJson(response, 200, { status: 'ok' });
  };
}
