import type { BatchEndpoint, BatchEndpoints } from '@calute/core/batches/batch-endpoint';
import type { AgentDirectory } from '@calute/core/fleet/agent-directory';
import { parseEmbeddingRequest } from '@calute/core/protocol/direct/embedding-request';
import { parseTextRequest } from '@calute/core/protocol/direct/text-request';
import { admitChat } from './admit-chat.ts';
import { admitDirect } from './admit-direct.ts';
import type { AdmitResponse } from './admit-response.ts';
import { admitResponseLine } from './admit-response-line.ts';

export interface BatchEndpointParts {
  readonly agents: AgentDirectory;
  readonly admitResponse: AdmitResponse;
}

/** What the lines of a batch may ask for: each endpoint admits and answers them as it does a request of its own. */
export function createBatchEndpoints({ agents, admitResponse }: BatchEndpointParts): BatchEndpoints {
  const admit: Readonly<Record<string, BatchEndpoint['admit']>> = {
    '/v1/chat/completions': async (body) => {
      const { agent, chat } = await admitChat(body, agents);
      return { chat: { ...chat, model: agent.id } };
    },
    '/v1/responses': (body, tenant) => admitResponseLine(body, tenant, admitResponse),
    '/v1/completions': async (body) => {
      const { chat, direct } = await admitDirect(body, parseTextRequest, agents);
      return { chat, direct };
    },
    '/v1/embeddings': async (body) => {
      const { chat, direct } = await admitDirect(body, parseEmbeddingRequest, agents);
      return { chat, direct };
    },
  };
  const hasModel = async (model: string) => (await agents.get(model)) !== undefined;
  return new Map(Object.entries(admit).map(([path, admitLine]) => [path, { admit: admitLine, hasModel }]));
}
