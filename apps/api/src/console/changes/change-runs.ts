import { CaluteError } from '@calute/core/errors';
import type { RunId } from '@calute/core/ids';
import type { RequestHandler } from 'express';
import { parseRunId } from '../../admission/parse-run-id.ts';
import { sendJson } from '../../answers/send-json.ts';
import type { ConsoleChanges, ConsoleSources } from '../console-sources.ts';

export interface ChangeParts {
  readonly sources: Pick<ConsoleSources, 'log' | 'deadLetters'>;
  readonly changes: ConsoleChanges;
}

/** `POST …/runs/{id}/cancel`: ends a run of any tenant, as its client would. */
export function cancelAnyRun({ changes }: ChangeParts): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const id = parseRunId(request.params.id);
    const outcome = await changes.cancel(id);
    if (outcome === 'unknown') throw unknownRun(id);
    sendJson(response, 200, { id, status: outcome === 'ended' ? 'cancelled' : 'already_ended' });
  };
}

/** `POST …/runs/{id}/again`: its request as a new run of the same tenant. */
export function runAgain({ sources, changes }: ChangeParts): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const id = parseRunId(request.params.id);
    const read = await sources.log.read(id, { afterSeq: 0, limit: 1, withHeader: true });
    const header = read.outcome === 'found' ? read.header : undefined;
    if (!header) throw unknownRun(id);
    const again = await changes.again({ tenant: header.tenant, request: header.request });
    sendJson(response, 200, { id: again, again_of: id });
  };
}

/** `POST …/dead-letters/{id}/retry`: the same for a run that was given up, whose letter goes. */
export function retryDeadLetter({ sources, changes }: ChangeParts): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const id = parseRunId(request.params.id);
    const letter = await sources.deadLetters.find(id);
    if (!letter) throw unknownLetter(id);
    if (!letter.content) {
      const message = `Nothing was kept of ${id}: it had expired before it was given up.`;
      throw new CaluteError('run_not_found', message);
    }
    const again = await changes.again(letter.content);
    await sources.deadLetters.remove(id);
    sendJson(response, 200, { id: again, again_of: id });
  };
}

/** `DELETE …/dead-letters/{id}`. */
export function removeDeadLetter({ sources }: ChangeParts): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const id = parseRunId(request.params.id);
    if (!(await sources.deadLetters.find(id))) throw unknownLetter(id);
    await sources.deadLetters.remove(id);
    sendJson(response, 200, { id, removed: true });
  };
}

function unknownRun(id: RunId): CaluteError {
  return new CaluteError('run_not_found', `No run ${id} is known; it may have expired.`);
}

function unknownLetter(id: RunId): CaluteError {
  return new CaluteError('run_not_found', `No dead letter has the id ${id}; somebody may have removed it.`);
}
