import type { RequestHandler } from 'express';
import type { ApiParts } from '../../api-parts.ts';
import { jsonBody } from '../../middleware/json-body.ts';
import {
  type AnswerParts,
  openContext,
  readHead,
  sendEvents,
  senderOf,
  sendWhole,
  takeBody,
} from '../answer-run.ts';

type ResponseParts = AnswerParts & Pick<ApiParts, 'admitResponse' | 'responses'>;

/** `POST /v1/responses`: one run of the agent named by `model`, as one JSON answer, as a stream, or in the background. */
export function createResponse(parts: ResponseParts) {
  return [readHead(parts), ...jsonBody(parts.settings), answerResponse(parts)];
}

function answerResponse(parts: ResponseParts): RequestHandler {
  const { admitResponse, responses } = parts;
  return async (request, response) => {
    const body = takeBody(request, parts);
    const { ignored, ...asked } = await admitResponse(body, senderOf(response));
    const context = openContext(response, ignored);
    // Not awaited here: the request would stay in memory for as long as the run takes.
    if (asked.request.stream === true)
      return sendEvents(response, responses.createStreaming(asked, context), parts);
    const answer =
      asked.request.background === true
        ? responses.createInBackground(asked, context)
        : responses.create(asked, context);
    return sendWhole(response, answer, parts);
  };
}
