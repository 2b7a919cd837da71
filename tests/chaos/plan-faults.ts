import type { ChaosSettings, Mutant } from './chaos-settings.ts';
import { createRandom, type Random } from './random.ts';

export type FaultKind =
  | 'worker-kill'
  | 'worker-term'
  | 'worker-pause'
  | 'api-kill'
  | 'api-term'
  | 'redis-kill'
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
  /** How often it comes in one deal of the deck. */
  readonly cards: number;
  readonly lastsMs: readonly [number, number];
  /** How long the role gets to recover, so that one crash comes at a time. */
  readonly recoversMs: number;
}

const rules: Readonly<Record<FaultKind, FaultRule>> = {
  'worker-kill': { role: 'worker', cards: 2, lastsMs: [0, 0], recoversMs: 4000 },
  'worker-pause': { role: 'worker', cards: 1, lastsMs: [15_000, 15_000], recoversMs: 2000 },
  'worker-term': { role: 'worker', cards: 1, lastsMs: [0, 0], recoversMs: 8000 },
  'api-kill': { role: 'api', cards: 3, lastsMs: [0, 0], recoversMs: 3000 },
  'api-term': { role: 'api', cards: 1, lastsMs: [0, 0], recoversMs: 7000 },
  'redis-kill': { role: 'redis', cards: 2, lastsMs: [0, 1500], recoversMs: 4000 },
  'pubsub-kill': { role: 'redis', cards: 3, lastsMs: [0, 0], recoversMs: 500 },
  'cut-replies': { role: 'redis', cards: 3, lastsMs: [300, 1200], recoversMs: 3000 },
  'slow-client': { role: 'client', cards: 1, lastsMs: [0, 0], recoversMs: 5000 },
};

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
export function planFaults({ seed, durationMs, mutant }: ChaosSettings): FaultPlan[] {
  const random = createRandom(seed, 'faults');
  const kinds = mutant === undefined ? (Object.keys(rules) as FaultKind[]) : mutantKinds[mutant]; // because it has no other keys
  const freeAtMs: Record<Role, number> = { worker: 0, api: 0, redis: 0, client: 0 };
  const faults: FaultPlan[] = [];
  let atMs = firstAfterMs;
  while (atMs < durationMs - lastBeforeEndMs) {
    for (const kind of dealDeck(random, kinds)) {
      const { role, lastsMs, recoversMs } = rules[kind];
      const fault = { kind, target: random.pick([0, 1] as const), lastsMs: random.int(...lastsMs) };
      const startMs = Math.max(atMs, freeAtMs[role]);
      if (startMs + fault.lastsMs > durationMs - lastBeforeEndMs) continue;
      freeAtMs[role] = startMs + fault.lastsMs + recoversMs;
      faults.push({ ...fault, atMs: startMs });
      atMs += random.int(...gapMs);
    }
    if (kinds.every((kind) => freeAtMs[rules[kind].role] > atMs)) atMs += 1000;
  }
  return faults.toSorted((one, other) => one.atMs - other.atMs);
}

function dealDeck(random: Random, kinds: readonly FaultKind[]): FaultKind[] {
  return random.shuffle(kinds.flatMap((kind) => Array.from({ length: rules[kind].cards }, () => kind)));
}
