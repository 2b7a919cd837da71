import type { RunId } from '@calute/core/ids';
import type { RunFact, RunOrigin } from '@calute/core/run-store/journal/run-fact';

type EndedFact = Extract<RunFact, { kind: 'ended' }>;

/** A run as the journal tells of it. */
export interface MirroredRun {
  readonly id: RunId;
  /** When the journal first told of it. */
  readonly atMs: number;
  readonly origin: RunOrigin | undefined;
  /** Absent while it has not ended, as far as is known. */
  readonly ended: Pick<EndedFact, 'reason' | 'detail' | 'work'> | undefined;
  readonly endedAtMs: number | undefined;
}
