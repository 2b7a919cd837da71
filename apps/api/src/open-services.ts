import { StoredCompletions } from '@calute/core/completions/chat/stored-completions';
import { CompletionService, type CompletionServiceParts } from '@calute/core/completions/completion-service';
import { createDirectService } from '@calute/core/completions/direct-service';
import { ConversationService } from '@calute/core/completions/responses/conversation-service';
import { ResponseService } from '@calute/core/completions/responses/response-service';
import { RunRelay } from '@calute/core/completions/run-relay';
import { createSubmitRun } from '@calute/core/completions/submit-run';
import type { ConversationStore } from '@calute/core/conversations/conversation-store';
import type { AgentDirectory } from '@calute/core/fleet/agent-directory';
import type { RunCatalogue } from '@calute/core/run-store/catalogue/run-catalogue';
import { admitResponse } from './admission/admit-response.ts';
import type { ApiParts } from './api-parts.ts';
import type { ApiConfig } from './config.ts';

/** Of one tenant: more than these and the oldest give way. */
const mostKept = 10_000;

interface ServiceParts
  extends Omit<CompletionServiceParts, 'storeRetentionMs' | 'mostKept'>,
    Pick<ApiParts, 'files'> {
  readonly catalogue: RunCatalogue;
  readonly conversationStore: ConversationStore;
  readonly agents: AgentDirectory;
}

/** The services of every wire format; they share who submits runs and who reads them. */
export function openServices(config: ApiConfig, parts: ServiceParts) {
  const { catalogue, backlog, agents, files, log } = parts;
  const shared = { relay: new RunRelay(parts), submit: createSubmitRun(parts) };
  const storeRetentionMs = config.STORE_RETENTION_S * 1000;
  const responseRetentionMs = config.RESPONSES_RETENTION_S * 1000;
  const conversations = new ConversationService({
    ...parts,
    conversations: parts.conversationStore,
    retentionMs: responseRetentionMs,
  });
  const maxFileBytes = config.MAX_BODY_BYTES;
  const admission = { catalogue, log, agents, conversations, files: files.files, maxFileBytes };
  return {
    completions: new CompletionService({ ...parts, storeRetentionMs, mostKept }, shared.relay, shared.submit),
    stored: new StoredCompletions({ ...shared, ...parts }),
    direct: createDirectService(shared),
    responses: new ResponseService({
      ...shared,
      log,
      catalogue,
      backlog,
      conversations,
      responseRetentionMs,
      mostKept,
    }),
    conversations,
    admitResponse: (body, sender) => admitResponse(body, sender, admission),
  } satisfies Pick<ApiParts, 'stored' | 'direct' | 'responses' | 'conversations' | 'admitResponse'> & {
    completions: CompletionService;
  };
}
