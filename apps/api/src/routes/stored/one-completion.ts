import { metadataSchema } from '@calute/core/protocol/metadata';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { parseFields } from '../../admission/parse-fields.ts';
import { parseRunId } from '../../admission/parse-run-id.ts';
import { sendJson } from '../../answers/send-json.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';
import { jsonBody } from '../../middleware/json-body.ts';
import { itemPageSchema, toItemList } from '../responses/input-items.ts';

type StoredParts = Pick<ApiParts, 'stored' | 'settings'>;
type Handler = RequestHandler<{ id: string }>;

/** `GET /v1/chat/completions/{id}`: a run that goes on or is kept, with its status, its place in the queue, its usage or its error. */
export function getCompletion({ stored }: StoredParts): Handler {
  return async (request, response) => {
    const found = await stored.get(identityOf(response).tenant, parseRunId(request.params.id));
    sendJson(response, 200, found);
  };
}

/** `POST /v1/chat/completions/{id}`: replaces the metadata of a stored completion. */
export function updateCompletion({ stored, settings }: StoredParts) {
  const update: Handler = async (request, response) => {
    const { metadata } = parseFields(z.object({ metadata: metadataSchema }), request.body);
    const { tenant } = identityOf(response);
    sendJson(response, 200, await stored.describe(tenant, parseRunId(request.params.id), metadata));
  };
  return [...jsonBody(settings), update];
}

/** `DELETE /v1/chat/completions/{id}`. */
export function deleteCompletion({ stored }: StoredParts): Handler {
  return async (request, response) => {
    const id = parseRunId(request.params.id);
    await stored.remove(id, identityOf(response));
    sendJson(response, 200, { object: 'chat.completion.deleted', id, deleted: true });
  };
}

/** `GET /v1/chat/completions/{id}/messages`: what it was asked with, oldest first. */
export function listMessages({ stored }: StoredParts): Handler {
  return async (request, response) => {
    const page = parseFields(itemPageSchema, { order: 'asc', ...request.query });
    const runId = parseRunId(request.params.id);
    const messages = await stored.messages(identityOf(response).tenant, runId);
    const listed = messages.map((message, index) => ({ id: `${runId}-${index}`, ...message }));
    sendJson(response, 200, toItemList(listed, page));
  };
}
