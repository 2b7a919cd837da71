import type { BatchEndpoint, BatchEndpoints, LineRequest } from '@calute/core/batches/batch-endpoint';
import { openChatEncoding } from '@calute/core/completions/chat/chat-encoding';
import { openResponseEncoding } from '@calute/core/completions/responses/response-encoding';
import type { AgentDirectory } from '@calute/core/fleet/agent-directory';
import { admitChat } from './admit-chat.ts';
import type { AdmitResponse } from './admit-response.ts';
import { admitResponseLine } from './admit-response-line.ts';

export interface BatchEndpointParts {
  readonly agents: AgentDirectory;
  readonly admitResponse: AdmitResponse;
}

/** What the lines of a batch may ask for: each endpoint admits and answers them as it does a request of its own. */
export function createBatchEndpoints({ agents, admitResponse }: BatchEndpointParts): BatchEndpoints {
  const hasModel = async (model: string) => (await agents.get(model)) !== undefined;
  return new Map<string, BatchEndpoint>([
    [
      '/v1/chat/completions',
      { admit: (body) => admitChatLine(body, agents), openEncoding: openChatEncoding, hasModel },
    ],
    [
      '/v1/responses',
      {
        admit: (body, tenant) => admitResponseLine(body, tenant, admitResponse),
        openEncoding: openResponseEncoding,
        hasModel,
      },
    ],
  ]);
}

async function admitChatLine(body: unknown, agents: AgentDirectory): Promise<LineRequest> {
  const { agent, chat } = await admitChat(body, agents);
  return { chat: { ...chat, model: agent.id } };
}
