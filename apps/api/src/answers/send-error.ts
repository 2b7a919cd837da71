import type { ServerResponse } from 'node:http';
import { type CaluteError, toErrorBody } from '@calute/core/errors';
import { sendJson } from './send-json.ts';

/** Beyond a minute openai-node and the AI SDK ignore the header and openai-python stops retrying. */
const longestRetryAfterMs = 60_000;

/** Answers with the error's status, OpenAI's envelope and what SDKs need to decide on a retry. */
export function sendError(response: ServerResponse, error: CaluteError): void {
  if (response.headersSent) return;

  response.setHeader('x-should-retry', String(error.retryable));
  if (error.status === 401) response.setHeader('www-authenticate', 'Bearer');
  if (error.retryAfterMs !== undefined) {
    const retryAfterMs = Math.min(Math.ceil(error.retryAfterMs), longestRetryAfterMs);
    response.setHeader('retry-after-ms', retryAfterMs);
    response.setHeader('retry-after', Math.ceil(retryAfterMs / 1000));
  }
  sendJson(response, error.status, toErrorBody(error));
}
