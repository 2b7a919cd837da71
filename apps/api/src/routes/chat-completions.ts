import type { RequestHandler } from 'express';
import { admitChat } from '../admission/admit-chat.ts';
import type { ApiParts } from '../api-parts.ts';
import { jsonBody } from '../middleware/json-body.ts';
import { type AnswerParts, openContext, readHead, sendEvents, sendWhole, takeBody } from './answer-run.ts';

type ChatParts = AnswerParts & Pick<ApiParts, 'agents' | 'completions'>;

/** `POST /v1/chat/completions`: one run of the agent named by `model`, as one JSON answer or as a stream. */
export function chatCompletions(parts: ChatParts) {
  return [readHead(parts), ...jsonBody(parts.settings), answerChat(parts)];
}

function answerChat(parts: ChatParts): RequestHandler {
  const { completions, agents } = parts;
  return async (request, response) => {
    const { agent, chat, ignored } = await admitChat(takeBody(request, parts), agents);
    const context = openContext(response, ignored);
    // Not awaited here, nor with the request at hand below: it would stay in memory for as long as the run takes.
    return chat.stream === true
      ? sendEvents(
          response,
          completions.createStreamingCompletion(agent, chat.messages, chat, context),
          parts,
        )
      : sendWhole(response, completions.createCompletion(agent, chat.messages, chat, context), parts);
  };
}
