import { CaluteError } from '@calute/core/errors';
import { type RunId, runIdSchema } from '@calute/core/ids';

/** Throws `run_not_found`: what cannot be the id of a run is the id of none. */
export function parseRunId(text: string): RunId {
  const parsed = runIdSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new CaluteError('run_not_found', 'No such completion, or it is no longer kept.', { param: 'id' });
}
