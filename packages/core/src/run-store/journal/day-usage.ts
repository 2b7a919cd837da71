import type { Redis } from 'ioredis';
import type { Keys } from '../../redis/keys.ts';
import { orStoreError } from '../../redis/store-error.ts';
import type { RunFact } from './run-fact.ts';

/** What the runs of one tenant with one agent have used on one day. `other` stands for those above the bound. */
export interface DayUsage {
  readonly day: string;
  readonly tenant: string;
  readonly agent: string;
  readonly runs: number;
  /** Of them, those that did not complete. */
  readonly unfinished: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly costUsd: number;
}

type Figure = 'runs' | 'unfinished' | 'promptTokens' | 'completionTokens' | 'costUsd';
const figures: ReadonlySet<string> = new Set([
  'runs',
  'unfinished',
  'promptTokens',
  'completionTokens',
  'costUsd',
]);

/** The UTC day of a time, as `2026-11-29`. */
export function usageDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** What the ends among `facts` add to their day, by field of its hash: `FIGURE TENANT AGENT`. */
export function sumUsageOf(facts: readonly RunFact[]): Map<string, number> {
  const sums = new Map<string, number>();
  const add = (field: string, amount: number) => {
    if (amount > 0) sums.set(field, (sums.get(field) ?? 0) + amount);
  };
  for (const fact of facts) {
    if (fact.kind !== 'ended' || !fact.origin || !fact.work) continue;
    const whose = `${fact.origin.tenant} ${fact.origin.agent}`;
    add(`runs ${whose}`, 1);
    add(`unfinished ${whose}`, fact.reason === 'completed' ? 0 : 1);
    add(`promptTokens ${whose}`, fact.work.promptTokens);
    add(`completionTokens ${whose}`, fact.work.completionTokens);
    add(`costUsd ${whose}`, fact.work.costUsd ?? 0);
  }
  return sums;
}

/** Reads what was used on each of the days. Throws CaluteError `store_unavailable`. */
export function createReadUsage(
  redis: Redis,
  keys: Pick<Keys, 'usage'>,
): (days: readonly string[]) => Promise<DayUsage[]> {
  return async (days) => {
    const found = await Promise.all(days.map((day) => orStoreError(redis.hgetall(keys.usage(day)))));
    return found.flatMap((fields, index) => toDayUsage(days[index] ?? '', fields));
  };
}

function toDayUsage(day: string, fields: Readonly<Record<string, string>>): DayUsage[] {
  const rows = new Map<string, Record<Figure, number>>();
  for (const [field, value] of Object.entries(fields)) {
    const [, figure = '', whose = ''] = /^(\S+) (.*)$/s.exec(field) ?? [];
    if (!isFigure(figure)) continue;
    const row = rows.get(whose) ?? {
      runs: 0,
      unfinished: 0,
      promptTokens: 0,
      completionTokens: 0,
      costUsd: 0,
    };
    row[figure] = Number(value);
    rows.set(whose, row);
  }
  return [...rows].map(([whose, row]) => {
    const [tenant = ''] = whose.split(' ', 1);
    return { day, tenant, agent: whose.slice(tenant.length + 1), ...row };
  });
}

function isFigure(text: string): text is Figure {
  return figures.has(text);
}
