import type { RequestHandler } from 'express';
import { parseCursor } from '../admission/parse-cursor.ts';
import { parseRunId } from '../admission/parse-run-id.ts';
import { signalClientGone } from '../answers/client-gone.ts';
import type { ApiParts } from '../api-parts.ts';
import { identityOf } from '../middleware/identify.ts';
import { answerWithStream } from './stream-answer.ts';

type FollowParts = Pick<ApiParts, 'completions' | 'settings' | 'streams' | 'logger' | 'tracing'>;

/** `GET /v1/chat/completions/{id}/stream`: the run's stream again, the same bytes, from after the client's cursor. */
export function followStream(parts: FollowParts): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const runId = parseRunId(request.params.id);
    // A Response begins with 0.
    const afterEventId = parseCursor(request, { beginning: -1 });
    const identity = identityOf(response);
    const signal = signalClientGone(response);
    const batches = parts.completions.followStreamingCompletion(runId, { identity, afterEventId, signal });
    await answerWithStream({ response, batches, continues: true }, parts);
  };
}
