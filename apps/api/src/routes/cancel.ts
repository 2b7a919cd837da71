import { parseRunId } from '../admission/parse-run-id.ts';
import { sendJson } from '../answers/send-json.ts';
import type { ApiParts } from '../api-parts.ts';
import { pathParameter, type Route } from './route.ts';

/** `POST /v1/chat/completions/{id}/cancel`: ends a queued or running run; one that has ended stays as it ended. */
export function cancelRoute({ completions }: Pick<ApiParts, 'completions'>): Route {
  return {
    method: 'post',
    path: '/v1/chat/completions/:id/cancel',
    scope: 'infer',
    async handle({ request, response, identity }) {
      const runId = parseRunId(pathParameter(request, 'id'));
      const { id, status } = await completions.cancelCompletion(runId, identity);
      sendJson(response, 200, { id, object: 'chat.completion', status });
    },
  };
}
