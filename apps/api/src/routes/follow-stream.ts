import { parseCursor } from '../admission/parse-cursor.ts';
import { parseRunId } from '../admission/parse-run-id.ts';
import { signalClientGone } from '../answers/client-gone.ts';
import type { ApiParts } from '../api-parts.ts';
import { pathParameter, type Route } from './route.ts';
import { answerWithStream } from './stream-answer.ts';

type FollowParts = Pick<ApiParts, 'completions' | 'settings' | 'streams' | 'logger'>;

/** `GET /v1/chat/completions/{id}/stream`: the run's stream again, the same bytes, from after the client's cursor. */
export function followStreamRoute(parts: FollowParts): Route {
  return {
    method: 'get',
    path: '/v1/chat/completions/:id/stream',
    scope: 'infer',
    async handle({ request, response, identity }) {
      const runId = parseRunId(pathParameter(request, 'id'));
      const afterEventId = parseCursor(request);
      const signal = signalClientGone(response);
      const batches = parts.completions.followStreamingCompletion(runId, { identity, afterEventId, signal });
      await answerWithStream({ response, batches, continues: true }, parts);
    },
  };
}
