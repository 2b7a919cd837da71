import { readData } from '../clients/read-data.ts';
import type { Fault } from '../inject-faults.ts';
import { delaysRecovery } from '../plan-faults.ts';
import type { ClientEnd, RunReport } from '../run-report.ts';
import type { UpstreamRequest } from '../upstream-record.ts';

export interface Waits {
  /** Runs that a killed worker had in hand. */
  readonly runs: number;
  readonly p50Ms: number;
  readonly maxMs: number;
  /** The run that waited longest. */
  readonly slowest: string;
}

export interface Recovery {
  /** No other worker was disturbed and Redis was there for as long as it takes: what a single fault costs. */
  readonly single: Waits;
  /** The others: a further fault came, and delayed the recovery or not. */
  readonly overlapping: Waits;
}

/** Fixed, because the quick ones among the disturbed would else count as undisturbed. */
const takesMs = 12_000;

/** From the kill of a worker to the next sign of life of each run it held: an event for its client, or a new attempt. */
export function measureRecovery(
  reports: readonly RunReport[],
  requests: readonly UpstreamRequest[],
  faults: readonly Fault[],
): Recovery {
  const byTag = new Map(reports.map((report) => [report.plan.tag, report]));
  const waits = faults
    .filter(({ kind }) => kind === 'worker-kill')
    .flatMap((kill) => {
      const { target, fromMs } = kill;
      const isSingle = !faults.some((other) => other !== kill && delays(other, fromMs, fromMs + takesMs));
      return heldBy(target, fromMs, requests).flatMap((tag) => {
        const signMs = nextSign(byTag.get(tag), requests, fromMs);
        return signMs === undefined ? [] : [{ tag, isSingle, waitMs: signMs - fromMs }];
      });
    });
  const { single = [], overlapping = [] } = Object.groupBy(waits, ({ isSingle }) =>
    isSingle ? 'single' : 'overlapping',
  );
  return { single: sumUpWaits(single), overlapping: sumUpWaits(overlapping) };
}

function delays({ kind, fromMs, toMs }: Fault, sinceMs: number, untilMs: number): boolean {
  return delaysRecovery(kind) && fromMs <= untilMs && toMs >= sinceMs;
}

function sumUpWaits(waits: readonly { readonly tag: string; readonly waitMs: number }[]): Waits {
  const sorted = waits.toSorted((one, other) => one.waitMs - other.waitMs);
  const slowest = sorted.at(-1);
  return {
    runs: sorted.length,
    p50Ms: sorted[Math.floor(sorted.length / 2)]?.waitMs ?? 0,
    maxMs: slowest?.waitMs ?? 0,
    slowest: slowest?.tag ?? 'none',
  };
}

/** The runs for which a worker was asking the upstream at that time. */
function heldBy(name: string, atMs: number, requests: readonly UpstreamRequest[]): string[] {
  const held = requests.filter(
    ({ worker, openedMs, closedMs }) => worker === name && openedMs <= atMs && (closedMs ?? atMs) >= atMs,
  );
  return [...new Set(held.map(({ run }) => run))];
}

const ofTheClient = new Set(['run_cancelled', 'deadline_exceeded']);

/** What was on its way when the worker died still arrives. */
const inFlightMs = 250;

function nextSign(
  report: RunReport | undefined,
  requests: readonly UpstreamRequest[],
  fromMs: number,
): number | undefined {
  if (report === undefined || report.endedMs <= fromMs + inFlightMs) return undefined;
  const isOwn = isOwnEnd(report.end);
  const events = report.connections
    .flatMap(({ records }) => records)
    .flatMap(({ data, atMs }) => (isOwn && readData(data).type !== 'chunk' ? [] : [atMs]));
  const attempts = requests.filter(({ run }) => run === report.plan.tag).map(({ openedMs }) => openedMs);
  const ends = isOwn ? [] : [report.endedMs];
  const signs = [...events, ...attempts, ...ends].filter((atMs) => atMs > fromMs + inFlightMs);
  return signs.length === 0 ? undefined : Math.min(...signs);
}

/** An end that the client or its deadline brought says nothing of the worker that comes next. */
function isOwnEnd(end: ClientEnd): boolean {
  return end.type !== 'completed' && (end.type !== 'error' || ofTheClient.has(end.code));
}
