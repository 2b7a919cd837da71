import type { ClassLoad } from '../run-store/backlog/backlog.ts';

/** What the number of workers is calculated with. */
export interface ScalingTargets {
  /** Runs that one worker holds at once. */
  readonly concurrency: number;
  /** How long a worker takes from its start to its first run. @defaultValue 2000 */
  readonly startMs: number;
  /** Within which time waiting `flex` and `batch` runs are to have started. @defaultValue 600_000 */
  readonly patientDrainMs: number;
}

export const defaultTargets: Omit<ScalingTargets, 'concurrency'> = { startMs: 2000, patientDrainMs: 600_000 };

export type RunningLoad = Pick<
  ClassLoad,
  'runClass' | 'waiting' | 'offered' | 'arrivalsPerSecond' | 'serviceMs'
>;

/** How full workers are meant to be: the rest is for what comes until there are more of them. */
const fullness = 0.8;
/** Of all slots those that patient runs may take; the store's scripts hold them to it. */
const patientShare = 3 / 4;
/** While nothing has been served nobody knows how long a run takes. */
const unknownServiceMs = 10_000;

/**
 * How many workers the runs that are there need, and those that come until a further worker is up; 0 when there are none.
 * Live runs are not to wait at all; patient ones may take as long as their target.
 */
export function neededWorkers(classes: readonly RunningLoad[], targets: ScalingTargets): number {
  const patient = sum(classes.filter(isPatient), (one) => one.offered + patientSlots(one, targets));
  const live = sum(
    classes.filter((one) => !isPatient(one)),
    (one) => one.offered + one.waiting,
  );
  // What a rate remembers of runs that are done keeps no worker by itself.
  if (live + patient === 0) return 0;
  const coming = sum(classes, (one) => one.arrivalsPerSecond) * (targets.startMs / 1000);
  const all = live + patient + coming;
  const slots = Math.max(all / fullness, patient / patientShare);
  return Math.ceil(round(slots / targets.concurrency));
}

/** As many as drain what waits within its target; one each when runs take longer than that. */
function patientSlots({ waiting, serviceMs = unknownServiceMs }: RunningLoad, targets: ScalingTargets) {
  return Math.min(waiting, (waiting * serviceMs) / targets.patientDrainMs);
}

export function isPatient({ runClass }: Pick<ClassLoad, 'runClass'>): boolean {
  return runClass === 'flex' || runClass === 'batch';
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

/** So that 8 / 0.8 is no more than 10. */
function round(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
