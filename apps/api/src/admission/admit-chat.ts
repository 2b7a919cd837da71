import { ignoredParameters } from '@calute/core/completions/apply-request-parameters';
import type { AgentDirectory, ListedAgent } from '@calute/core/fleet/agent-directory';
import type { ChatRequest } from '@calute/core/protocol/chat-request';
import { checkConversation } from '@calute/core/protocol/check-conversation';
import { checkResponseFormat } from '@calute/core/protocol/check-response-format';
import { checkSupported } from '@calute/core/protocol/check-supported';
import { parseChatRequest } from '@calute/core/protocol/parse-chat-request';
import type { SamplingParameter } from '@calute/core/request/agent-request';
import { findAgent } from './find-agent.ts';

export interface AdmittedChat {
  readonly chat: ChatRequest;
  readonly agent: ListedAgent;
  /** Sampling parameters that were sent and that this agent does not take from requests, as they were spelt. */
  readonly ignored: readonly SamplingParameter[];
}

/** A body that can become a run: its shape, its conversation, its agent and what it asks of it are all right. */
export async function admitChat(body: unknown, agents: AgentDirectory): Promise<AdmittedChat> {
  const chat = parseChatRequest(body);
  checkConversation(chat.messages);
  checkResponseFormat(chat);
  const agent = await findAgent(agents, chat.model, 'chat');
  checkSupported(chat, agent);
  return { chat, agent, ignored: ignoredParameters(chat, agent) };
}
