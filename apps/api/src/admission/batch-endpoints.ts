import type { BatchEndpoint, BatchEndpoints } from '@calute/core/batches/batch-endpoint';
import type { AgentDirectory } from '@calute/core/fleet/agent-directory';
import { parseEmbeddingRequest } from '@calute/core/protocol/direct/embedding-request';
import { parseTextRequest } from '@calute/core/protocol/direct/text-request';
import type { Endpoint } from '@calute/core/request/direct-request';
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
  const endpointOf = (served: Endpoint, admit: BatchEndpoint['admit']): BatchEndpoint => ({
    admit,
    async hasModel(model) {
      const agent = await agents.get(model);
      return agent !== undefined && servedBy(agent).includes(served);
    },
  });
  const admitChatLine: BatchEndpoint['admit'] = async (body) => {
    const { agent, chat } = await admitChat(body, agents);
    return { chat: { ...chat, model: agent.id } };
  };
  const admitDirectLine =
    (parse: Parameters<typeof admitDirect>[1]): BatchEndpoint['admit'] =>
    async (body) => {
      const { chat, direct } = await admitDirect(body, parse, agents);
      return { chat, direct };
    };
  return new Map([
    ['/v1/chat/completions', endpointOf('chat', admitChatLine)],
    ['/v1/responses', endpointOf('chat', (body, tenant) => admitResponseLine(body, tenant, admitResponse))],
    ['/v1/completions', endpointOf('completions', admitDirectLine(parseTextRequest))],
    ['/v1/embeddings', endpointOf('embeddings', admitDirectLine(parseEmbeddingRequest))],
  ]);
}
