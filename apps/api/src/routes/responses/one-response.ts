import { CaluteError } from '@calute/core/errors';
import type { Request, RequestHandler } from 'express';
import { parseCursor } from '../../admission/parse-cursor.ts';
import { signalClientGone } from '../../answers/client-gone.ts';
import { sendJson } from '../../answers/send-json.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';
import { answerWithStream } from '../stream-answer.ts';

type ResponseParts = Pick<ApiParts, 'responses' | 'settings' | 'streams' | 'logger'>;
type ResponseHandler = RequestHandler<{ id: string }>;

/** `GET /v1/responses/{id}`: the response as far as it has come; with `stream=true` its events, from after the client's cursor. */
export function getResponse(parts: ResponseParts): ResponseHandler {
  const { responses } = parts;
  return async (request, response) => {
    const { id } = request.params;
    const identity = identityOf(response);
    if (!wantsStream(request)) return sendJson(response, 200, await responses.retrieve(id, identity.tenant));
    const afterEventId = parseCursor(request, { beginning: -1 });
    const signal = signalClientGone(response);
    const batches = responses.follow(id, { identity, afterEventId, signal });
    await answerWithStream({ response, batches, continues: true }, parts);
  };
}

/** `DELETE /v1/responses/{id}`: forgets it; a run that goes on is cancelled before. */
export function deleteResponse({ responses }: ResponseParts): ResponseHandler {
  return async (request, response) => {
    const { id } = request.params;
    await responses.remove(id, { identity: identityOf(response) });
    sendJson(response, 200, { id, object: 'response', deleted: true });
  };
}

/** `POST /v1/responses/{id}/cancel`: ends a queued or running one; one that has ended stays as it ended. */
export function cancelResponse({ responses }: ResponseParts): ResponseHandler {
  return async (request, response) => {
    const cancelled = await responses.cancel(request.params.id, { identity: identityOf(response) });
    sendJson(response, 200, cancelled);
  };
}

function wantsStream({ query }: Pick<Request, 'query'>): boolean {
  const { stream } = query;
  if (stream === undefined || stream === 'false') return false;
  if (stream === 'true') return true;
  throw new CaluteError('invalid_request', `Invalid 'stream': expected "true" or "false".`, {
    param: 'stream',
  });
}
