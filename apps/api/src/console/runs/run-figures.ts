import type { JournalEntry } from '@calute/core/run-store/journal/run-journal';
import type { MirroredRun } from './mirrored-run.ts';

/** What happened in one span of time. */
export interface FigurePoint {
  readonly atMs: number;
  readonly accepted: number;
  readonly ended: number;
  readonly unfinished: number;
  readonly tokens: number;
  /** Of the runs that ended in it, until their first token; absent when none showed any. */
  readonly firstMedianMs: number | undefined;
  readonly firstSlowMs: number | undefined;
}

export interface EndCount {
  readonly reason: string;
  readonly detail: string | undefined;
  readonly runs: number;
}

/** What the runs of the last five minutes came to, in spans of five seconds. */
export interface RunFigures {
  count(entry: JournalEntry, known: MirroredRun | undefined): void;
  /** Oldest first; the span that is not over yet is left out. */
  points(): FigurePoint[];
  /** The most frequent first. */
  ends(): EndCount[];
  clear(): void;
}

export const spanMs = 5000;
const spans = 60;
/** For a median more are of no use. */
const mostSamples = 500;

interface Span {
  accepted: number;
  ended: number;
  unfinished: number;
  tokens: number;
  readonly firstMs: number[];
  readonly ends: Map<string, number>;
}

export function createRunFigures(now: () => number): RunFigures {
  const byNumber = new Map<number, Span>();
  const current = () => Math.floor(now() / spanMs);
  const open = (number: number): Span => {
    const found = byNumber.get(number);
    if (found) return found;
    const span = { accepted: 0, ended: 0, unfinished: 0, tokens: 0, firstMs: [], ends: new Map() };
    byNumber.set(number, span);
    for (const old of byNumber.keys()) if (old < current() - spans) byNumber.delete(old);
    return span;
  };
  return {
    count({ atMs, fact }, known) {
      const number = Math.floor(atMs / spanMs);
      if (number < current() - spans) return;
      const span = open(number);
      if (fact.kind === 'accepted') span.accepted += 1;
      else countEnd(span, fact, known?.ended !== undefined);
    },
    points() {
      const last = current() - 1;
      return Array.from({ length: spans }, (_, index) => {
        const number = last - spans + 1 + index;
        return toPoint(number * spanMs, byNumber.get(number));
      });
    },
    ends: () => sumEnds([...byNumber].filter(([number]) => number >= current() - spans)),
    clear: () => byNumber.clear(),
  };
}

function countEnd(
  span: Span,
  { reason, detail, work }: Extract<JournalEntry['fact'], { kind: 'ended' }>,
  isCounted: boolean,
): void {
  if (isCounted) return;
  span.ended += 1;
  if (reason !== 'completed') span.unfinished += 1;
  const name = `${reason} ${detail ?? ''}`;
  span.ends.set(name, (span.ends.get(name) ?? 0) + 1);
  if (!work) return;
  span.tokens += work.promptTokens + work.completionTokens;
  if (work.firstMs !== undefined && span.firstMs.length < mostSamples) span.firstMs.push(work.firstMs);
}

function toPoint(atMs: number, span: Span | undefined): FigurePoint {
  const { accepted = 0, ended = 0, unfinished = 0, tokens = 0, firstMs = [] } = span ?? {};
  const sorted = firstMs.toSorted((a, b) => a - b);
  return {
    atMs,
    accepted,
    ended,
    unfinished,
    tokens,
    firstMedianMs: sorted[Math.floor((sorted.length - 1) * 0.5)],
    firstSlowMs: sorted[Math.floor((sorted.length - 1) * 0.95)],
  };
}

function sumEnds(all: readonly (readonly [number, Span])[]): EndCount[] {
  const sums = new Map<string, number>();
  for (const [, span] of all)
    for (const [name, runs] of span.ends) sums.set(name, (sums.get(name) ?? 0) + runs);
  const counts = [...sums].map(([name, runs]) => {
    const [reason = '', detail] = name.split(' ', 2);
    return { reason, detail: detail || undefined, runs };
  });
  return counts.sort((a, b) => b.runs - a.runs);
}
