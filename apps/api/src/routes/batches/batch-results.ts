import type { RequestHandler } from 'express';
import { parseCursor } from '../../admission/parse-cursor.ts';
import { signalClientGone } from '../../answers/client-gone.ts';
import type { ApiParts } from '../../api-parts.ts';
import { identityOf } from '../../middleware/identify.ts';
import { answerWithStream } from '../stream-answer.ts';
import { parseBatchId } from './batch-schemas.ts';

type ResultParts = Pick<ApiParts, 'batches' | 'settings' | 'streams' | 'logger'>;

/** `GET /v1/batches/{id}/results?after=N`: the lines of both files as events, those to come as well, up to `[DONE]`. */
export function batchResults(parts: ResultParts): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const id = parseBatchId(request.params.id);
    const after = parseCursor(request, { param: 'after' });
    const batch = await parts.batches.get(identityOf(response).tenant, id);
    const batches = parts.batches.follow(batch, { after, signal: signalClientGone(response) });
    await answerWithStream({ response, batches, continues: true }, parts);
  };
}
