import type { JournalEntry, JournalReader } from '@calute/core/run-store/journal/run-journal';
import type { MirroredRun } from './mirrored-run.ts';
import { createRunFigures, type RunFigures } from './run-figures.ts';

/** The last runs in the memory of this process, while somebody looks at them: half a minute after the last look they are forgotten. */
export interface RunMirror {
  readonly figures: RunFigures;
  /** Reads what is new in the journal. Calls at one time are one. Throws CaluteError `store_unavailable`. */
  refresh(): Promise<void>;
  /** The newest first. */
  list(): readonly MirroredRun[];
  find(id: string): MirroredRun | undefined;
  /** A run has been seen to be over though the journal did not say so. */
  settle(id: string, ended: NonNullable<MirroredRun['ended']>): void;
  /** Forgets everything. */
  close(): void;
}

export interface RunMirrorParts {
  readonly journal: JournalReader;
  readonly now: () => number;
  /** @defaultValue 10_000 */
  readonly mostRuns?: number;
}

const forgetMs = 30_000;
const pageSize = 1000;
/** Bounds one refresh; what is left comes with the next. */
const pagesAtOnce = 20;

export function createRunMirror({ journal, now, mostRuns = 10_000 }: RunMirrorParts): RunMirror {
  const runs = new Map<string, MirroredRun>();
  const figures = createRunFigures(now);
  let newestFirst: readonly MirroredRun[] | undefined;
  let cursor: string | undefined;
  let reading: Promise<void> | undefined;
  let forgetting: NodeJS.Timeout | undefined;

  const put = (run: MirroredRun) => {
    runs.set(run.id, run);
    newestFirst = undefined;
    if (runs.size <= mostRuns) return;
    const [oldest] = runs.keys();
    if (oldest !== undefined) runs.delete(oldest);
  };
  const take = (entry: JournalEntry) => {
    const { fact } = entry;
    const known = runs.get(fact.id);
    if (fact.kind === 'ended' && known?.ended?.work) return;
    figures.count(entry, known);
    put(merge(known, entry));
  };
  const read = async () => {
    for (let page = 0; page < pagesAtOnce; page += 1) {
      const read = await journal.read(cursor, pageSize);
      for (const entry of read.entries) take(entry);
      cursor = read.cursor;
      if (!read.more) return;
    }
  };
  const forget = () => {
    runs.clear();
    figures.clear();
    newestFirst = undefined;
    cursor = undefined;
  };
  return {
    figures,
    refresh() {
      clearTimeout(forgetting);
      forgetting = setTimeout(forget, forgetMs);
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    list() {
      newestFirst ??= [...runs.values()].reverse();
      return newestFirst;
    },
    find: (id) => runs.get(id),
    settle(id, ended) {
      const run = runs.get(id);
      if (run && !run.ended) put({ ...run, ended, endedAtMs: now() });
    },
    close: () => clearTimeout(forgetting),
  };
}

function merge(known: MirroredRun | undefined, { fact, atMs }: JournalEntry): MirroredRun {
  const { id } = fact;
  const origin = known?.origin ?? fact.origin;
  const since = known?.atMs ?? atMs;
  if (fact.kind === 'accepted') {
    return { id, atMs: since, origin, ended: known?.ended, endedAtMs: known?.endedAtMs };
  }
  const { reason, detail, work } = fact;
  return { id, atMs: since, origin, ended: { reason, detail, work }, endedAtMs: atMs };
}
