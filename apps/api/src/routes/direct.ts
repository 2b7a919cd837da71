import type { AskedDirectly } from '@calute/core/runs/run-request';
import type { RequestHandler } from 'express';
import { admitDirect } from '../admission/admit-direct.ts';
import type { ApiParts } from '../api-parts.ts';
import { jsonBody } from '../middleware/json-body.ts';
import { type AnswerParts, openContext, readHead, sendEvents, sendWhole, takeBody } from './answer-run.ts';

type DirectParts = AnswerParts & Pick<ApiParts, 'agents' | 'direct'>;

/** `POST /v1/completions` and `/v1/embeddings`: one run that asks the model of the agent itself. */
export function askDirectly(parse: (body: unknown) => AskedDirectly, parts: DirectParts) {
  return [readHead(parts), ...jsonBody(parts.settings), answerDirectly(parse, parts)];
}

function answerDirectly(parse: (body: unknown) => AskedDirectly, parts: DirectParts): RequestHandler {
  const { direct, agents } = parts;
  return async (request, response) => {
    const { ignored, ...asked } = await admitDirect(takeBody(request, parts), parse, agents);
    const context = openContext(response, ignored);
    // Not awaited here: the request would stay in memory for as long as the run takes.
    return asked.chat.stream === true
      ? sendEvents(response, direct.createStreaming(asked, context), parts)
      : sendWhole(response, direct.create(asked, context), parts);
  };
}
