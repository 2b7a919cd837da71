import { unknownItem } from '@calute/core/completions/responses/conversation-service';
import { parseInput } from '@calute/core/protocol/responses/parse-response-request';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { parseFields } from '../../admission/parse-fields.ts';
import { sendJson } from '../../answers/send-json.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';
import { jsonBody } from '../../middleware/json-body.ts';
import { itemPageSchema, toItem, toItemList } from '../responses/input-items.ts';
import { itemsSchema, toConversation } from './one-conversation.ts';

type Parts = Pick<ApiParts, 'conversations' | 'settings'>;
type Handler = RequestHandler<{ id: string }>;
type ItemHandler = RequestHandler<{ id: string; itemId: string }>;

/** `GET /v1/conversations/{id}/items`: newest first; `order`, `limit` and `after`. */
export function listItems({ conversations }: Parts): Handler {
  return async (request, response) => {
    const page = parseFields(itemPageSchema, request.query);
    const items = await conversations.items(identityOf(response).tenant, request.params.id);
    sendJson(response, 200, toItemList(items.map(toItem), page));
  };
}

/** `POST /v1/conversations/{id}/items`: puts items at its end. */
export function addItems({ conversations, settings }: Parts) {
  const add: Handler = async (request, response) => {
    const { items } = parseFields(z.object({ items: itemsSchema.min(1) }), request.body);
    const parsed = parseInput(items, 'items');
    const added = await conversations.add(identityOf(response).tenant, request.params.id, parsed);
    sendJson(response, 200, toItemList(added.map(toItem), { order: 'asc', limit: 20, after: undefined }));
  };
  return [...jsonBody(settings), add];
}

/** `GET /v1/conversations/{id}/items/{item}`. */
export function getItem({ conversations }: Parts): ItemHandler {
  return async (request, response) => {
    const { id, itemId } = request.params;
    const items = await conversations.items(identityOf(response).tenant, id);
    const found = items.find((item) => item.id === itemId);
    if (found === undefined) throw unknownItem(itemId);
    sendJson(response, 200, toItem(found));
  };
}

/** `DELETE /v1/conversations/{id}/items/{item}`: what goes on from the conversation later does not see it. */
export function removeItem({ conversations }: Parts): ItemHandler {
  return async (request, response) => {
    const { id, itemId } = request.params;
    const head = await conversations.removeItem(identityOf(response).tenant, id, itemId);
    sendJson(response, 200, toConversation(head));
  };
}
