import type { ProviderState } from '../models/pacing/provider-state.ts';
import type { RunQueue } from '../queue/run-queue.ts';
import type { Backlog, BacklogLoad, ClassLoad } from '../run-store/backlog/backlog.ts';
import type { RunClass } from '../run-store/backlog/place.ts';
import type { WorkerDemand } from './decide-workers.ts';
import { isPatient, neededWorkers, type ScalingTargets } from './needed-workers.ts';
import { areProvidersPaused, isShut } from './provider-pause.ts';

/** What is told of one class of runs. */
export interface ClassSignal {
  /** Runs that wait for a worker. */
  readonly waiting: number;
  readonly running: number;
  /** How long the oldest one has waited. */
  readonly oldestSeconds: number;
  readonly arrivalsPerSecond: number;
  readonly servedPerSecond: number;
  /** How long a worker has a run; null while none has ended. */
  readonly serviceSeconds: number | null;
  /** Until the last one that waits now has started, with the workers there are; null when that is not known. */
  readonly drainSeconds: number | null;
}

/** The load of an installation at one moment, and how many workers it needs. */
export interface ScalingSignal extends WorkerDemand {
  /** By the store's clock, in Unix ms. */
  readonly atMs: number;
  readonly classes: Readonly<Record<RunClass, ClassSignal>>;
  readonly waiting: number;
  readonly running: number;
  /** For how many more runs the living workers have room. */
  readonly freeSlots: number;
  /** Runs that wait for their provider alone, and come back by themselves: in no other figure. */
  readonly heldBack: number;
  readonly liveWorkers: number;
  /** 0 when there is nothing to do. */
  readonly needed: number;
  /** Providers and models of which something is known, by the names of their lanes. */
  readonly providers: readonly { readonly name: string; readonly isShut: boolean }[];
  /** Jobs whose runs were given up, kept for a person. */
  readonly deadLetters: number;
}

export interface ScalingSignalParts {
  readonly backlog: Pick<Backlog, 'load'>;
  readonly queue: Pick<RunQueue, 'takeable' | 'failed'>;
  readonly providers: Pick<ProviderState, 'read'>;
  readonly targets: ScalingTargets;
}

/** Reads the load. Throws CaluteError `store_unavailable`. */
export async function readScalingSignal(parts: ScalingSignalParts): Promise<ScalingSignal> {
  const { backlog, queue, providers, targets } = parts;
  const [load, takeable, deadLetters, states] = await Promise.all([
    backlog.load(),
    queue.takeable(),
    queue.failed(),
    providers.read(),
  ]);
  return {
    ...toSignal(load, targets),
    isProviderPaused: areProvidersPaused(states),
    isStuck: takeable > 0 && load.offered <= load.room && load.workers > 0,
    providers: states.lanes.map((lane) => ({ name: lane.name, isShut: isShut(lane, states.nowMs) })),
    deadLetters,
  };
}

/** What follows from the backlog alone. */
function toSignal(load: BacklogLoad, targets: ScalingTargets) {
  const split = splitOffered(load);
  const waiting = sum(split, (one) => one.waiting);
  const running = sum(split, (one) => one.running);
  return {
    atMs: load.nowMs,
    classes: toClassSignals(split, load),
    waiting,
    running,
    freeSlots: Math.max(0, load.room - running),
    heldBack: load.deferred,
    liveWorkers: load.workers,
    needed: neededWorkers(load.classes, targets),
  };
}

interface SplitClass extends ClassLoad {
  readonly running: number;
}

/** A few more runs are offered than there is room for: those wait as well, the ones that are served last first. */
function splitOffered({ classes, offered, room }: BacklogLoad): SplitClass[] {
  let surplus = Math.max(0, offered - room);
  return classes
    .toReversed()
    .map((one) => {
      const beyond = Math.min(surplus, one.offered);
      surplus -= beyond;
      return { ...one, waiting: one.waiting + beyond, running: one.offered - beyond };
    })
    .toReversed();
}

function toClassSignals(split: readonly SplitClass[], { room, oldestOfferedMs }: BacklogLoad) {
  let ahead = 0;
  const signals = split.map((one): [RunClass, ClassSignal] => {
    ahead += one.waiting;
    const beyond = one.running < one.offered;
    const oldestMs = Math.max(one.oldestMs, beyond ? oldestOfferedMs : 0);
    return [
      one.runClass,
      {
        waiting: one.waiting,
        running: one.running,
        oldestSeconds: oldestMs / 1000,
        arrivalsPerSecond: round(one.arrivalsPerSecond),
        servedPerSecond: round(one.servedPerSecond),
        serviceSeconds: one.serviceMs === undefined ? null : round(one.serviceMs / 1000),
        drainSeconds: drainSeconds(one, { ahead, room }),
      },
    ];
  });
  // because fromEntries forgets the names, and there is one of each class
  return Object.fromEntries(signals) as Record<RunClass, ClassSignal>;
}

/** Those before it have to start as well; patient runs get three quarters of the room. */
function drainSeconds(one: SplitClass, { ahead, room }: { readonly ahead: number; readonly room: number }) {
  if (one.waiting === 0) return 0;
  const slots = isPatient(one) ? (room * 3) / 4 : room;
  if (one.serviceMs === undefined || slots === 0) return null;
  return round((ahead * one.serviceMs) / 1000 / slots);
}

function sum(split: readonly SplitClass[], value: (one: SplitClass) => number): number {
  return split.reduce((total, one) => total + value(one), 0);
}

/** Digits beyond are noise. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
