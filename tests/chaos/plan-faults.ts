import type { ChaosSettings, Mutant } from './chaos-settings.ts';
import { createRandom, type Random } from './random.ts';

export type FaultKind =
  | 'worker-kill'
  | 'worker-term'
  | 'worker-pause'
  | 'api-kill'
  | 'api-term'
  | 'redis-kill'
  | 'redis-stop'
  | 'redis-failover'
  | 'redis-slot-move'
  | 'pubsub-kill'
  | 'cut-replies'
  | 'slow-client';

export interface FaultPlan {
  readonly kind: FaultKind;
  /** After the start of the load. */
  readonly atMs: number;
  /** Which of the two processes, for a fault of one. */
  readonly target: 0 | 1;
  /** How long the pause, the outage or the cutting lasts. */
  readonly lastsMs: number;
}

type Role = 'worker' | 'api' | 'redis' | 'client';

interface FaultRule {
  readonly role: Role;
  /** How often it comes in one deal of the deck; below 1, how often in so many deals. */
  readonly cards: number;
  readonly lastsMs: readonly [number, number];
  /** How long the role gets to recover, so that mostly one crash comes at a time. */
  readonly recoversMs: readonly [number, number];
}

const rules: Readonly<Record<FaultKind, FaultRule>> = {
  'worker-kill': { role: 'worker', cards: 2, lastsMs: [0, 0], recoversMs: [4000, 13_000] },
  'worker-pause': { role: 'worker', cards: 1, lastsMs: [15_000, 15_000], recoversMs: [2000, 8000] },
  'worker-term': { role: 'worker', cards: 1, lastsMs: [0, 0], recoversMs: [7000, 12_000] },
  'api-kill': { role: 'api', cards: 3, lastsMs: [0, 0], recoversMs: [2500, 4000] },
  'api-term': { role: 'api', cards: 1, lastsMs: [0, 0], recoversMs: [6000, 8000] },
  'redis-kill': { role: 'redis', cards: 2, lastsMs: [0, 1500], recoversMs: [3000, 6000] },
  // Longer than a worker's lock lasts.
  'redis-stop': { role: 'redis', cards: 1 / 6, lastsMs: [11_000, 13_000], recoversMs: [5000, 8000] },
  'pubsub-kill': { role: 'redis', cards: 3, lastsMs: [0, 0], recoversMs: [500, 1500] },
  'cut-replies': { role: 'redis', cards: 3, lastsMs: [300, 1200], recoversMs: [2000, 4000] },
  'redis-failover': { role: 'redis', cards: 1, lastsMs: [0, 0], recoversMs: [10_000, 14_000] },
  'redis-slot-move': { role: 'redis', cards: 1, lastsMs: [0, 0], recoversMs: [3000, 5000] },
  'slow-client': { role: 'client', cards: 1, lastsMs: [0, 0], recoversMs: [5000, 8000] },
};

/** What can happen to one Redis alone, and to a Cluster alone. */
const singleKinds: ReadonlySet<FaultKind> = new Set(['redis-kill', 'redis-stop', 'cut-replies']);
const clusterKinds: ReadonlySet<FaultKind> = new Set(['redis-failover', 'redis-slot-move']);

/** A mutant gets the faults that bring it out, so that a short run is enough. */
const mutantKinds: Readonly<Record<Mutant, readonly FaultKind[]>> = {
  'no-fence': ['worker-pause'],
  'pubsub-only': ['api-kill', 'pubsub-kill', 'redis-kill'],
  'double-end': ['worker-pause', 'worker-kill', 'api-kill'],
  splice: ['worker-kill'],
};

const firstAfterMs = 4000;
const gapMs = [600, 2200] as const;
/** The last ones shall be over, and be recovered from, not long after the load. */
const lastBeforeEndMs = 5000;

/** The faults of one suite, in order; at most one at a time for each role. */
export function planFaults({ seed, durationMs, mutant, cluster }: ChaosSettings): FaultPlan[] {
  const random = createRandom(seed, 'faults');
  const all = mutant === undefined ? (Object.keys(rules) as FaultKind[]) : mutantKinds[mutant]; // because it has no other keys
  const kinds = all.filter((kind) => !(cluster ? singleKinds : clusterKinds).has(kind));
  const endMs = durationMs - lastBeforeEndMs;
  const freeAtMs: Record<Role, number> = { worker: 0, api: 0, redis: 0, client: 0 };
  const faults: FaultPlan[] = [];
  for (let atMs = firstAfterMs, deal = 0; atMs < endMs; deal++) {
    for (const kind of dealDeck(random, kinds, deal)) {
      const { role, lastsMs, recoversMs } = rules[kind];
      const fault = { kind, target: random.pick([0, 1] as const), lastsMs: random.int(...lastsMs) };
      const startMs = Math.max(atMs, freeAtMs[role]);
      atMs += random.int(...gapMs);
      if (startMs + fault.lastsMs > endMs) continue;
      freeAtMs[role] = startMs + fault.lastsMs + random.int(...recoversMs);
      faults.push({ ...fault, atMs: startMs });
    }
  }
  return leaveAlone(faults.toSorted((one, other) => one.atMs - other.atMs));
}

/** Every fourth kill of a worker is to show what it costs when nothing else happens to workers and to Redis. */
const loneKillEvery = 4;
const aloneMs = 13_000;
/** How long a fault that came before may still be felt. */
const feltMs = 5000;

function leaveAlone(faults: readonly FaultPlan[]): FaultPlan[] {
  const isNear = (fault: FaultPlan, kill: FaultPlan) =>
    kill !== fault && fault.atMs <= kill.atMs + aloneMs && fault.atMs + fault.lastsMs + feltMs >= kill.atMs;
  // The long outages are rare, and are kept.
  const stops = faults.filter(({ kind }) => kind === 'redis-stop');
  const lone = faults
    .filter((fault) => fault.kind === 'worker-kill' && !stops.some((stop) => isNear(stop, fault)))
    .filter((_, index) => index % loneKillEvery === loneKillEvery - 1);
  const disturbs = (fault: FaultPlan) =>
    delaysRecovery(fault.kind) && lone.some((kill) => isNear(fault, kill));
  return faults.filter((fault) => !disturbs(fault));
}

/** A run comes back by another worker and by Redis. Connections that are cut stand again within a second. */
export function delaysRecovery(kind: FaultKind): boolean {
  return kind.startsWith('worker-') || kind.startsWith('redis-');
}

function dealDeck(random: Random, kinds: readonly FaultKind[], deal: number): FaultKind[] {
  const cardsOf = (kind: FaultKind) => {
    const { cards } = rules[kind];
    return Math.floor((deal + 1) * cards) - Math.floor(deal * cards);
  };
  return random.shuffle(kinds.flatMap((kind) => Array.from({ length: cardsOf(kind) }, () => kind)));
}
