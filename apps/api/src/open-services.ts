import { CompletionService, type CompletionServiceParts } from '@calute/core/completions/completion-service';
import { ResponseService } from '@calute/core/completions/responses/response-service';
import { RunRelay } from '@calute/core/completions/run-relay';
import { createSubmitRun } from '@calute/core/completions/submit-run';
import type { AgentDirectory } from '@calute/core/fleet/agent-directory';
import type { RunCatalogue } from '@calute/core/run-store/catalogue/run-catalogue';
import { admitResponse } from './admission/admit-response.ts';
import type { ApiParts } from './api-parts.ts';
import type { ApiConfig } from './config.ts';

/** Of one tenant: more than these and the oldest give way. */
const mostKept = 10_000;

interface ServiceParts extends CompletionServiceParts, Pick<ApiParts, 'files'> {
  readonly catalogue: RunCatalogue;
  readonly agents: AgentDirectory;
}

/** The services of every wire format; they share who submits runs and who reads them. */
export function openServices(config: ApiConfig, parts: ServiceParts) {
  const { catalogue, agents, files, log } = parts;
  const shared = { relay: new RunRelay(parts), submit: createSubmitRun(parts) };
  const maxFileBytes = config.MAX_BODY_BYTES;
  const admission = { catalogue, log, agents, files: files.files, maxFileBytes };
  return {
    completions: new CompletionService(parts, shared.relay, shared.submit),
    responses: new ResponseService({
      ...shared,
      log,
      catalogue,
      responseRetentionMs: config.RESPONSES_RETENTION_S * 1000,
      mostKept,
    }),
    admitResponse: (body, tenant) => admitResponse(body, tenant, admission),
  } satisfies Pick<ApiParts, 'responses' | 'admitResponse'> & { completions: CompletionService };
}
