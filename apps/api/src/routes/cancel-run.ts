import type { RequestHandler } from 'express';
import { parseRunId } from '../admission/parse-run-id.ts';
import { sendJson } from '../answers/send-json.ts';
import type { ApiParts } from '../api-parts.ts';
import { identityOf } from '../middleware/identify.ts';

/** `POST /v1/chat/completions/{id}/cancel`: ends a queued or running run; one that has ended stays as it ended. */
export function cancelRun({ completions }: Pick<ApiParts, 'completions'>): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const runId = parseRunId(request.params.id);
    const { id, status } = await completions.cancelCompletion(runId, identityOf(response));
    sendJson(response, 200, { id, object: 'chat.completion', status });
  };
}
