import type { RunClass } from '../../packages/core/src/run-store/backlog/place.ts';

/** A run as a tenant sends it, in units of time; one token takes one unit. */
export interface Arrival {
  readonly at: number;
  readonly tenant: string;
  /** Whose share it takes: the tenant's own, or that of its group. */
  readonly flow: string;
  readonly weight: number;
  readonly runClass: RunClass;
  /** What it will turn out to take; the backlog only has an estimate. */
  readonly tokens: number;
}

export interface Scenario {
  readonly name: string;
  readonly arrivals: readonly Arrival[];
}

interface Sender {
  readonly tenant: string;
  readonly group?: string;
  readonly weight?: number;
  readonly runClass?: RunClass;
  readonly runs: number;
  /** Of the first run. @defaultValue 0 */
  readonly from?: number;
  /** Between two runs. @defaultValue 0 */
  readonly every?: number;
}

const longestRun = 40;

function scenario(name: string, seed: number, senders: readonly Sender[]): Scenario {
  const arrivals = senders.flatMap((sender) => {
    const { tenant, group, weight = 1, runClass = 'live', runs, from = 0, every = 0 } = sender;
    const flow = group === undefined ? `tenant:${tenant}` : `group:${group}`;
    return Array.from({ length: runs }, (_, index): Arrival => {
      // Long and short ones in turn, for each sender in another order.
      const tokens = 1 + ((index * 17 + seed * 7 + tenant.length * 5 + runs) % longestRun);
      return { at: from + index * every, tenant, flow, weight, runClass, tokens };
    });
  });
  return { name, arrivals: arrivals.toSorted((one, other) => one.at - other.at) };
}

const several = (count: number, runs: number, more: Partial<Sender> = {}): Sender[] =>
  Array.from({ length: count }, (_, index) => ({ tenant: `tenant-${index + 1}`, runs, ...more }));

/** What happens to those who share with a tenant that sends more than its part. */
export const scenarios = {
  skew: scenario('one tenant sends 400 runs, nine send 20', 1, [
    { tenant: 'flood', runs: 400 },
    ...several(9, 20),
  ]),
  trickle: scenario('one tenant sends 400 runs, one sends a run now and then', 2, [
    { tenant: 'flood', runs: 400 },
    { tenant: 'trickle', runs: 20, from: 30, every: 80 },
  ]),
  group: scenario('20 keys of one group send 20 runs each, one other key sends 40', 3, [
    ...several(20, 20, { group: 'crowd' }),
    { tenant: 'alone', runs: 40 },
  ]),
  balanced: scenario('ten tenants send 40 runs each', 4, several(10, 40)),
  lone: scenario('one tenant sends 400 runs', 5, [{ tenant: 'lone', runs: 400 }]),
  returner: scenario('two tenants send 200 runs, one of them after a rest', 6, [
    { tenant: 'steady', runs: 200 },
    { tenant: 'returner', runs: 10 },
    { tenant: 'returner', runs: 100, from: 400 },
  ]),
  newcomer: scenario('five tenants send 60 runs, a new one comes later', 7, [
    ...several(5, 60),
    { tenant: 'newcomer', runs: 10, from: 500 },
  ]),
  weights: scenario('two tenants send 200 runs, one has three times the weight', 8, [
    { tenant: 'light', runs: 200 },
    { tenant: 'heavy', runs: 200, weight: 3 },
  ]),
  classes: scenario('100 runs of each class', 9, [
    { tenant: 'batch', runs: 100, runClass: 'batch' },
    { tenant: 'flex', runs: 100, runClass: 'flex' },
    { tenant: 'live', runs: 100 },
    { tenant: 'priority', runs: 100, runClass: 'priority' },
  ]),
} as const satisfies Record<string, Scenario>;
