import type { KeyStore } from '@calute/core/api-keys/key-store';
import type { ReportedWorker } from '@calute/core/fleet/worker-reports';
import type { RunId } from '@calute/core/ids';
import type { ProviderStates } from '@calute/core/models/pacing/provider-state';
import type { DeadLetterContent, DeadLetters } from '@calute/core/queue/dead-letters';
import type { Backlog } from '@calute/core/run-store/backlog/backlog';
import type { InspectBacklog } from '@calute/core/run-store/backlog/inspect-backlog';
import type { DayUsage } from '@calute/core/run-store/journal/day-usage';
import type { JournalReader } from '@calute/core/run-store/journal/run-journal';
import type { ReadRunStates } from '@calute/core/run-store/journal/run-state';
import type { EndOutcome, RunReader } from '@calute/core/run-store/run-log';

/** What the console looks at. Nothing here changes anything, and all of it throws CaluteError `store_unavailable`. */
export interface ConsoleSources {
  readonly journal: JournalReader;
  readonly runStates: ReadRunStates;
  readonly log: Pick<RunReader, 'read'>;
  readonly inspectBacklog: InspectBacklog;
  readonly backlog: Pick<Backlog, 'find'>;
  readonly workers: () => Promise<readonly ReportedWorker[]>;
  readonly providers: () => Promise<ProviderStates>;
  readonly usage: (days: readonly string[]) => Promise<readonly DayUsage[]>;
  readonly keys: Pick<KeyStore, 'list'>;
  readonly deadLetters: Pick<DeadLetters, 'list' | 'find' | 'remove'>;
  readonly now: () => number;
}

/** What the console changes, of any tenant. */
export interface ConsoleChanges {
  /** Ends a run as its client would. */
  cancel(runId: RunId): Promise<EndOutcome>;
  /** Sends a request again as a new run of its tenant; gives its id. */
  again(content: DeadLetterContent): Promise<RunId>;
}
