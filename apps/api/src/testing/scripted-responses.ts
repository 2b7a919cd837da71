import { toResponseId } from '@calute/core/completions/responses/response-ids';
import { conversationIdSchema } from '@calute/core/conversations/conversation-store';
import { parseChatRequest } from '@calute/core/protocol/parse-chat-request';
import { parseResponseRequest } from '@calute/core/protocol/responses/parse-response-request';
import type { ApiParts } from '../api-parts.ts';
import { batchesOf, completionOf, eventsOf, runId } from './scripted-completions.ts';

export const responseId = toResponseId(runId);

const response = { id: responseId, object: 'response' as const, status: 'completed' as const, output: [] };
const item = {
  id: 'msg_1',
  type: 'message' as const,
  role: 'user' as const,
  content: 'hi',
  status: undefined,
};
export const conversation = {
  id: conversationIdSchema.parse('conv_1'),
  createdAt: 1_700_000_000,
  metadata: {},
};
const completion = { ...completionOf('hi'), status: 'completed' as const, error: null, metadata: {} };

/** Knows one response, one conversation of one item and one stored completion, and takes everything. */
export function scriptedResponses(): Pick<
  ApiParts,
  'stored' | 'direct' | 'responses' | 'conversations' | 'admitResponse'
> {
  return {
    stored: {
      get: async () => completion,
      list: async () => ({ completions: [completion], hasMore: false }),
      describe: async () => completion,
      remove: async () => undefined,
      messages: async () => [{ role: 'user', content: 'hi' }],
    },
    direct: { create: async () => response, createStreaming: () => batchesOf(eventsOf('hi')) },
    responses: {
      create: async () => response,
      createStreaming: () => batchesOf(eventsOf('hi')),
      createInBackground: async () => response,
      retrieve: async () => response,
      follow: () => batchesOf(eventsOf('hi')),
      cancel: async () => response,
      remove: async () => undefined,
      inputItems: async () => [item],
    },
    conversations: {
      create: async () => conversation,
      get: async () => conversation,
      describe: async () => conversation,
      remove: async () => undefined,
      items: async () => [item],
      add: async () => [item],
      removeItem: async () => conversation,
    },
    admitResponse: async (body) => {
      const messages = [{ role: 'user', content: 'hi' }];
      return {
        request: parseResponseRequest(body),
        chat: parseChatRequest({ model: 'echo', messages }),
        ignored: [],
      };
    },
  };
}
