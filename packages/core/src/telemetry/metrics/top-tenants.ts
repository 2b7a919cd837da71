/** Gives tenants names that a metric may carry: those that use most keep their own, all others are `other`. */
export interface TopTenants {
  /** The label under which so much is to be counted. */
  label(tenant: string, weight: number): string;
}

export interface TopTenantsOptions {
  /** How many have a label of their own. @defaultValue 20 */
  readonly most?: number;
  /** In which time a tenant's use counts half. @defaultValue 3_600_000 */
  readonly halfLifeMs?: number;
  readonly now: () => number;
  /** Told that a tenant has no label any more: its series are to be dropped. */
  onDropped(tenant: string): void;
}

/** How many tenants are remembered for each label. */
const remembered = 10;
/** A tenant must use so much more than the least of those with a label, so that two do not change places all the time. */
const clearlyMore = 1.5;

interface Use {
  amount: number;
  sinceMs: number;
}

/**
 * Counters never go back: what a tenant used before it got its label stays with `other`, and what it used under it stays there.
 */
export function createTopTenants(options: TopTenantsOptions): TopTenants {
  const { most = 20, halfLifeMs = 3_600_000, now, onDropped } = options;
  const uses = new Map<string, Use>();
  const labelled = new Set<string>();
  const current = (tenant: string): number => {
    const use = uses.get(tenant);
    return use === undefined ? 0 : use.amount * 0.5 ** ((now() - use.sinceMs) / halfLifeMs);
  };
  const least = (tenants: Iterable<string>): string | undefined => {
    let found: string | undefined;
    for (const tenant of tenants) if (found === undefined || current(tenant) < current(found)) found = tenant;
    return found;
  };
  const forgetLeast = () => {
    const forgotten = least([...uses.keys()].filter((tenant) => !labelled.has(tenant)));
    if (forgotten !== undefined) uses.delete(forgotten);
  };
  const promote = (tenant: string) => {
    const last = labelled.size < most ? undefined : least(labelled);
    if (last !== undefined && current(tenant) < clearlyMore * current(last)) return;
    if (last !== undefined) {
      labelled.delete(last);
      onDropped(last);
    }
    labelled.add(tenant);
  };
  return {
    label(tenant, weight) {
      if (!uses.has(tenant) && uses.size >= most * remembered) forgetLeast();
      uses.set(tenant, { amount: current(tenant) + weight, sinceMs: now() });
      if (!labelled.has(tenant)) promote(tenant);
      return labelled.has(tenant) ? tenant : 'other';
    },
  };
}
