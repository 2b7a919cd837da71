import type { RunLog, RunReader } from '../run-log.ts';
import type { RunJournal } from './run-journal.ts';

/** The same log, of which the journal is told what it accepts, and what is ended from outside. */
export function withJournal<Log extends RunLog & RunReader>(
  log: Log,
  journal: Pick<RunJournal, 'note'>,
): Log {
  return {
    ...log,
    async accept(run) {
      const accepted = await log.accept(run);
      if (accepted.outcome === 'accepted') {
        const { id, tenant, place, request } = run;
        const origin = { tenant, agent: request.chat.model, runClass: place.runClass };
        journal.note({ kind: 'accepted', id, origin: { ...origin, createdMs: accepted.createdMs } });
      }
      return accepted;
    },
    async end(runId, end, options) {
      const outcome = await log.end(runId, end, options);
      if (outcome === 'ended') {
        const detail = end.reason === 'failed' ? end.code : end.by;
        journal.note({ kind: 'ended', id: runId, reason: end.reason, detail });
      }
      return outcome;
    },
  };
}
