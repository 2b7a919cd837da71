import { CaluteError } from '@calute/core/errors';
import { optional } from '@calute/core/protocol/optional';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { parseFields } from '../../admission/parse-fields.ts';
import { sendJson } from '../../answers/send-json.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';

/** OpenAI's parameters for lists of items. */
export const itemPageSchema = z.object({
  order: z.enum(['asc', 'desc']).default('desc'),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: optional(z.string()),
});
export type ItemPage = z.infer<typeof itemPageSchema>;

/** `GET /v1/responses/{id}/input_items`: what it was asked with, newest first; `order`, `limit` and `after`. */
export function listInputItems({ responses }: Pick<ApiParts, 'responses'>): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const page = parseFields(itemPageSchema, request.query);
    const items = await responses.inputItems(request.params.id, identityOf(response).tenant);
    sendJson(response, 200, toItemList(items.map(toItem), page));
  };
}

/** A page of items that are all at hand, oldest first. Throws `invalid_request` when `after` is none of them. */
export function toItemList<Item extends { readonly id: string }>(
  items: readonly Item[],
  { order, limit, after }: ItemPage,
): object {
  const ordered = order === 'asc' ? items : items.toReversed();
  const start = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && start === 0) {
    throw new CaluteError('invalid_request', `Invalid 'after': no item ${after} is in this list.`, {
      param: 'after',
    });
  }
  const data = ordered.slice(start, start + limit);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + limit < ordered.length,
  };
}

type InputItem = Awaited<ReturnType<ApiParts['responses']['inputItems']>>[number];

interface ListedItem extends Readonly<Record<string, unknown>> {
  readonly id: string;
}

/** An item as it is listed: a text is a part, and thoughts are not told. */
export function toItem(item: InputItem): ListedItem {
  if (item.type === 'item_reference') return item;
  const status = item.status ?? 'completed';
  if (item.type === 'reasoning') {
    const { encrypted_content, ...told } = item;
    return { ...told, status };
  }
  if (item.type !== 'message') return { ...item, status };
  const { content, role } = item;
  const type = role === 'assistant' ? ('output_text' as const) : ('input_text' as const);
  const parts = typeof content === 'string' ? [{ type, text: content }] : content;
  const told = parts.map((part) => (part.type === 'output_text' ? { ...part, annotations: [] } : part));
  return { ...item, status, content: told };
}
