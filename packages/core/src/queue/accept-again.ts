import { CaluteError } from '../errors.ts';
import { createRunId, type RunId } from '../ids.ts';
import type { Partitioning } from '../redis/partitioning.ts';
import type { RunLog } from '../run-store/run-log.ts';
import type { DeadLetterContent } from './dead-letters.ts';
import type { Dispatcher } from './dispatcher.ts';

export interface AcceptAgainParts {
  readonly log: Pick<RunLog, 'accept'>;
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>;
  readonly partitioning: Pick<Partitioning, 'markOf'>;
  /** Deadline of the new run. */
  readonly deadlineMs: number;
}

/**
 * Sends a request again, as a new run of the same tenant: the old one has its end, and a run has only one. It goes on although
 * nobody listens yet. Gives its id. Throws CaluteError `store_unavailable`, `slow_down`.
 */
export async function acceptAgain(content: DeadLetterContent, parts: AcceptAgainParts): Promise<RunId> {
  const { tenant } = content;
  const id = createRunId(Date.now(), undefined, parts.partitioning.markOf(tenant));
  const accepted = await parts.log.accept({
    id,
    tenant,
    request: { ...content.request, onDisconnect: 'continue' },
    deadlineMs: parts.deadlineMs,
    channel: '',
    limits: { maxLive: Number.MAX_SAFE_INTEGER },
    place: { runClass: 'live', flow: `tenant:${tenant}`, weight: 1, cost: 1 },
    provisional: false,
  });
  if (accepted.outcome === 'slow') {
    const message = 'The run would not start before its deadline; try again when less waits.';
    throw new CaluteError('slow_down', message, { retryAfterMs: accepted.retryAfterMs });
  }
  if (accepted.outcome !== 'accepted') {
    throw new CaluteError('internal_error', `The run was not accepted: ${accepted.outcome}.`);
  }
  await parts.dispatcher.dispatch(id, { waits: accepted.queue !== undefined });
  return id;
}
