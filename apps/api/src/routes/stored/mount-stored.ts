import { runIdSchema } from '@calute/core/ids';
import { optional } from '@calute/core/protocol/optional';
import type { Express, RequestHandler } from 'express';
import { z } from 'zod';
import { parseFields } from '../../admission/parse-fields.ts';
import { sendJson } from '../../answers/send-json.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf, requireScope } from '../../middleware/identify.ts';
import { refuseMethod } from '../../middleware/refuse.ts';
import { deleteCompletion, getCompletion, listMessages, updateCompletion } from './one-completion.ts';

/** Puts the routes of single completions on the app, behind the scope `infer`. */
export function mountStored(app: Express, parts: ApiParts): void {
  const allowed = requireScope('infer');
  app
    .route('/v1/chat/completions/:id')
    .get(allowed, getCompletion(parts))
    .post(allowed, updateCompletion(parts))
    .delete(allowed, deleteCompletion(parts))
    .all(refuseMethod);
  app.route('/v1/chat/completions/:id/messages').get(allowed, listMessages(parts)).all(refuseMethod);
}

const pageSchema = z.object({
  model: optional(z.string()),
  order: z.enum(['asc', 'desc']).default('asc'),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: optional(runIdSchema),
});

/** `GET /v1/chat/completions`: the stored ones, oldest first; `model`, `metadata[KEY]=VALUE`, `order`, `limit` and `after`. */
export function listStored({ stored }: Pick<ApiParts, 'stored'>): RequestHandler {
  return async (request, response) => {
    const page = parseFields(pageSchema, request.query);
    const metadata = readMetadata(request.query);
    const { tenant } = identityOf(response);
    const { completions, hasMore } = await stored.list(tenant, { ...page, metadata });
    sendJson(response, 200, {
      object: 'list',
      data: completions,
      first_id: completions[0]?.id ?? null,
      last_id: completions.at(-1)?.id ?? null,
      has_more: hasMore,
    });
  };
}

/** Pairs in the query: `metadata[KEY]=VALUE`. */
function readMetadata(query: Readonly<Record<string, unknown>>): Record<string, string> | undefined {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    const key = /^metadata\[(.+)\]$/.exec(name)?.[1];
    return key === undefined || typeof value !== 'string' ? [] : [[key, value] as const];
  });
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}
