import { ignoredParameters } from '@calute/core/completions/apply-request-parameters';
import type { CompletionContext } from '@calute/core/completions/completion-context';
import type { ConversationService } from '@calute/core/completions/responses/conversation-service';
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
import { leaveOutHosted } from '@calute/core/protocol/responses/hosted-tools';
import type { InputItem } from '@calute/core/protocol/responses/input-item';
import { parseResponseRequest } from '@calute/core/protocol/responses/parse-response-request';
import type { ResponseRequest } from '@calute/core/protocol/responses/response-request';
import type { RunCatalogue } from '@calute/core/run-store/catalogue/run-catalogue';
import { findAgent } from './find-agent.ts';

export interface AdmitResponseParts extends HistoryParts, Omit<ExpandParts, 'catalogue'> {
  readonly agents: AgentDirectory;
  readonly catalogue: HistoryParts['catalogue'] & Pick<RunCatalogue, 'ownerOf'>;
  readonly conversations: Pick<ConversationService, 'load'>;
}

/** Who sends the body, and what it says beside it. */
export type ResponseSender = Pick<CompletionContext, 'idempotencyKey'> & { readonly tenant: TenantId };

export interface AdmittedResponse extends AskedResponse {
  /** Sampling parameters that were sent and that this agent does not take from requests, as they were spelt. */
  readonly ignored: readonly string[];
}

/** `admitResponse` with its parts at hand. */
export type AdmitResponse = (body: unknown, sender: ResponseSender) => Promise<AdmittedResponse>;

/** A body that can become a run: its shape, what it goes on from, its agent and what it asks of it are all right. */
export async function admitResponse(
  body: unknown,
  sender: ResponseSender,
  parts: AdmitResponseParts,
): Promise<AdmittedResponse> {
  const { body: asked, ignored: hosted } = leaveOutHosted(body);
  const request = parseResponseRequest(asked);
  const agent = await findAgent(parts.agents, request.model, 'chat');
  const { items: history, length } = await loadItems(request, sender, parts);
  try {
    const items = await expandItems(parts, sender.tenant, [...history, ...request.input]);
    const chat = toChatRequest(request, toChatMessages(items), agent);
    checkConversation(chat.messages);
    checkResponseFormat(chat);
    checkSupported(chat, agent);
    const ignored = [...ignoredParameters(chat, agent).map(renameParam), ...hosted];
    return { request, chat, ignored, ...(length === undefined ? {} : { conversationLength: length }) };
  } catch (error) {
    throw renameFault(error);
  }
}

interface History {
  readonly items: readonly InputItem[];
  /** Of the conversation. */
  readonly length?: number;
}

async function loadItems(
  { previous_response_id: previous, conversation }: ResponseRequest,
  { tenant, idempotencyKey }: ResponseSender,
  parts: AdmitResponseParts,
): Promise<History> {
  if (conversation !== undefined) {
    const own =
      idempotencyKey === undefined ? undefined : await parts.catalogue.ownerOf(tenant, idempotencyKey);
    return parts.conversations.load(tenant, conversation, own);
  }
  return { items: previous === undefined ? [] : await loadHistory(parts, tenant, previous) };
}
