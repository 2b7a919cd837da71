import { CaluteError } from '@calute/core/errors';
import type { ApiParts, ResponseOperations } from '../api-parts.ts';

/** Operations that know no response, but for what the script says. */
export function scriptedResponses(
  script: Partial<ResponseOperations> = {},
): Pick<ApiParts, 'responses' | 'conversations' | 'admitResponse'> {
  const unknown = (): never => {
    throw new CaluteError('response_not_found', 'No such response.');
  };
  const responses: ResponseOperations = {
    create: async () => unknown(),
    createStreaming: unknown,
    createInBackground: async () => unknown(),
    retrieve: async () => unknown(),
    follow: unknown,
    cancel: async () => unknown(),
    remove: async () => unknown(),
    inputItems: async () => unknown(),
    ...script,
  };
  const unknownConversation = async (): Promise<never> => {
    throw new CaluteError('conversation_not_found', 'No such conversation.');
  };
  const conversations: ApiParts['conversations'] = {
    create: unknownConversation,
    get: unknownConversation,
    describe: unknownConversation,
    remove: unknownConversation,
    items: unknownConversation,
    add: unknownConversation,
    removeItem: unknownConversation,
  };
  return {
    responses,
    conversations,
    admitResponse: async () => {
      throw new Error('admitResponse is not scripted');
    },
  };
}
