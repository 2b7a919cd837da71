import type { BatchEndpoint, BatchEndpoints, LineRequest } from '@calute/core/batches/batch-endpoint';
import type { AgentDirectory } from '@calute/core/fleet/agent-directory';
import type { AskedDirectly, Endpoint } from '@calute/core/protocol/direct/direct-request';
import { parseEmbeddingRequest } from '@calute/core/protocol/direct/embedding-request';
import { parseTextRequest } from '@calute/core/protocol/direct/text-request';
import { admitChat } from './admit-chat.ts';
import { admitDirect } from './admit-direct.ts';
import type { AdmitResponse } from './admit-response.ts';
import { admitResponseLine } from './admit-response-line.ts';
import { servedBy } from './find-agent.ts';

export interface BatchEndpointParts {
  readonly agents: AgentDirectory;
  readonly admitResponse: AdmitResponse;
}

/** What the lines of a batch may ask for: each endpoint admits and answers them as it does a request of its own. */
export function createBatchEndpoints({ agents, admitResponse }: BatchEndpointParts): BatchEndpoints {
  const hasModel = (endpoint: Endpoint) => async (model: string) => {
    const agent = await agents.get(model);
    return agent !== undefined && servedBy(agent).includes(endpoint);
  };
  return new Map<string, BatchEndpoint>([
    [
      '/v1/chat/completions',
      {
        admit: (body) => admitChatLine(body, agents),
        hasModel: hasModel('chat'),
      },
    ],
    [
      '/v1/responses',
      {
        admit: (body, tenant) => admitResponseLine(body, tenant, admitResponse),
        hasModel: hasModel('chat'),
      },
    ],
    [
      '/v1/completions',
      {
        admit: (body) => admitDirectLine(body, parseTextRequest, agents),
        hasModel: hasModel('completions'),
      },
    ],
    [
      '/v1/embeddings',
      {
        admit: (body) => admitDirectLine(body, parseEmbeddingRequest, agents),
        hasModel: hasModel('embeddings'),
      },
    ],
  ]);
}

async function admitDirectLine(
  body: unknown,
  parse: (body: unknown) => AskedDirectly,
  agents: AgentDirectory,
): Promise<LineRequest> {
  const { chat, direct } = await admitDirect(body, parse, agents);
  return { chat, direct };
}

async function admitChatLine(body: unknown, agents: AgentDirectory): Promise<LineRequest> {
  const { agent, chat } = await admitChat(body, agents);
  return { chat: { ...chat, model: agent.id } };
}
