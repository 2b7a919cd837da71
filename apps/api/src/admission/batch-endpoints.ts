import type { BatchEndpoints } from '@calute/core/batches/batch-endpoint';
import { openChatEncoding } from '@calute/core/completions/chat/chat-encoding';
import type { AgentDirectory } from '@calute/core/fleet/agent-directory';
import { admitChat } from './admit-chat.ts';

/** What the lines of a batch may ask for: each endpoint admits and answers them as it does a request of its own. */
export function createBatchEndpoints(agents: AgentDirectory): BatchEndpoints {
  const hasModel = async (model: string) => (await agents.get(model)) !== undefined;
  return new Map([
    [
      '/v1/chat/completions',
      {
        admit: async (body: unknown) => {
          const { agent, chat } = await admitChat(body, agents);
          return { ...chat, model: agent.id };
        },
        hasModel,
        openEncoding: openChatEncoding,
      },
    ],
  ]);
}
