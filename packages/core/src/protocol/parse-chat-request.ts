import { assertFewValues } from './assert-few-values.ts';
import { type ChatRequest, chatRequestSchema } from './chat-request.ts';
import { parseWith } from './parse-with.ts';

/** A request body as `ChatRequest`. Throws as `parseWith` does. */
export function parseChatRequest(body: unknown): ChatRequest {
  assertFewValues(body);
  return parseWith(chatRequestSchema, body);
}
