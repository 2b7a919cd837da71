import type { ConversationHead } from '@calute/core/conversations/conversation-store';
import { metadataSchema } from '@calute/core/protocol/metadata';
import { optional } from '@calute/core/protocol/optional';
import { parseInput } from '@calute/core/protocol/responses/parse-response-request';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { parseFields } from '../../admission/parse-fields.ts';
import { sendJson } from '../../answers/send-json.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';
import { jsonBody } from '../../middleware/json-body.ts';

type Parts = Pick<ApiParts, 'conversations' | 'settings'>;
type Handler = RequestHandler<{ id: string }>;

/** As many as OpenAI takes at once. */
export const itemsSchema = z.array(z.record(z.string(), z.unknown())).max(20);
const newConversationSchema = z.object({ items: optional(itemsSchema), metadata: optional(metadataSchema) });

/** `POST /v1/conversations`. */
export function createConversation({ conversations, settings }: Parts) {
  const create: RequestHandler = async (request, response) => {
    const { items, metadata = {} } = parseFields(newConversationSchema, request.body);
    const made = { items: parseInput(items, 'items'), metadata };
    sendJson(response, 200, toConversation(await conversations.create(identityOf(response).tenant, made)));
  };
  return [...jsonBody(settings), create];
}

/** `GET /v1/conversations/{id}`. */
export function getConversation({ conversations }: Parts): Handler {
  return async (request, response) => {
    const head = await conversations.get(identityOf(response).tenant, request.params.id);
    sendJson(response, 200, toConversation(head));
  };
}

/** `POST /v1/conversations/{id}`: replaces its metadata. */
export function updateConversation({ conversations, settings }: Parts) {
  const update: Handler = async (request, response) => {
    const { metadata } = parseFields(z.object({ metadata: metadataSchema }), request.body);
    const head = await conversations.describe(identityOf(response).tenant, request.params.id, metadata);
    sendJson(response, 200, toConversation(head));
  };
  return [...jsonBody(settings), update];
}

/** `DELETE /v1/conversations/{id}`; its responses stay. */
export function deleteConversation({ conversations }: Parts): Handler {
  return async (request, response) => {
    const { id } = request.params;
    await conversations.remove(identityOf(response).tenant, id);
    sendJson(response, 200, { id, object: 'conversation.deleted', deleted: true });
  };
}

export function toConversation({ id, createdAt, metadata }: ConversationHead): object {
  return { id, object: 'conversation', created_at: createdAt, metadata };
}
