import { ignoredParameters } from '@calute/core/completions/apply-request-parameters';
import { type ExpandParts, expandItems } from '@calute/core/completions/responses/expand-items';
import { type HistoryParts, loadHistory } from '@calute/core/completions/responses/history';
import { renameFault, renameParam } from '@calute/core/completions/responses/rename-param';
import type { AskedResponse } from '@calute/core/completions/responses/response-service';
import { toChatMessages } from '@calute/core/completions/responses/to-chat-messages';
import { toChatRequest } from '@calute/core/completions/responses/to-chat-request';
import type { AgentDirectory } from '@calute/core/fleet/agent-directory';
import type { TenantId } from '@calute/core/ids';
import { checkConversation } from '@calute/core/protocol/check-conversation';
import { checkResponseFormat } from '@calute/core/protocol/check-response-format';
import { checkSupported } from '@calute/core/protocol/check-supported';
import type { InputItem } from '@calute/core/protocol/responses/input-item';
import { parseResponseRequest } from '@calute/core/protocol/responses/parse-response-request';
import type { ResponseRequest } from '@calute/core/protocol/responses/response-request';
import { findAgent } from './find-agent.ts';

export interface AdmitResponseParts extends HistoryParts, Omit<ExpandParts, 'catalogue'> {
  readonly agents: AgentDirectory;
}

export interface AdmittedResponse extends AskedResponse {
  /** Sampling parameters that were sent and that this agent does not take from requests, as they were spelt. */
  readonly ignored: readonly string[];
}

/** A body that can become a run: its shape, what it goes on from, its agent and what it asks of it are all right. */
export async function admitResponse(
  body: unknown,
  tenant: TenantId,
  parts: AdmitResponseParts,
): Promise<AdmittedResponse> {
  const request = parseResponseRequest(body);
  const agent = await findAgent(parts.agents, request.model);
  const history = await loadItems(request, tenant, parts);
  try {
    const items = await expandItems(parts, tenant, [...history, ...request.input]);
    const chat = toChatRequest(request, toChatMessages(items), agent);
    checkConversation(chat.messages);
    checkResponseFormat(chat);
    checkSupported(chat, agent);
    return { request, chat, ignored: ignoredParameters(chat, agent).map(renameParam) };
  } catch (error) {
    throw renameFault(error);
  }
}

async function loadItems(
  { previous_response_id: previous }: ResponseRequest,
  tenant: TenantId,
  parts: AdmitResponseParts,
): Promise<readonly InputItem[]> {
  return previous === undefined ? [] : await loadHistory(parts, tenant, previous);
}
