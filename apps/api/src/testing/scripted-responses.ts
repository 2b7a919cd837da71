import { CaluteError } from '@calute/core/errors';
import type { ApiParts, ResponseOperations } from '../api-parts.ts';

/** Operations that know no response, but for what the script says. */
export function scriptedResponses(
  script: Partial<ResponseOperations> = {},
): Pick<ApiParts, 'stored' | 'responses' | 'conversations' | 'admitResponse'> {
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
  const unknownRun = async (): Promise<never> => {
    throw new CaluteError('run_not_found', 'No such completion.');
  };
  const stored: ApiParts['stored'] = {
    get: unknownRun,
    list: async () => ({ completions: [], hasMore: false }),
    describe: unknownRun,
    remove: unknownRun,
    messages: unknownRun,
  };
  return {
    stored,
    responses,
    conversations,
    admitResponse: async () => {
      throw new Error('admitResponse is not scripted');
    },
  };
}
