import type { Simulation } from './simulate.ts';

export interface Measures {
  readonly runs: number;
  readonly completed: number;
  readonly most: number;
  /** How often the number went up, and down. */
  readonly ups: number;
  readonly downs: number;
  readonly medianWait: number;
  readonly p95Wait: number;
  readonly mostWait: number;
  readonly workerSeconds: number;
  readonly endsWith: number;
}

/** Waits are of the runs that somebody waits for. */
export function measure({ samples, fleet }: Simulation): Measures {
  const waits = fleet.waits.filter(({ patient }) => !patient).map(({ seconds }) => seconds);
  waits.sort((a, b) => a - b);
  const at = (share: number) => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0;
  const changes = samples.map(({ workers }, index) => workers - (samples[index - 1]?.workers ?? 0));
  return {
    runs: fleet.accepted,
    completed: fleet.completed,
    most: samples.reduce((most, { workers }) => Math.max(most, workers), 0),
    ups: changes.filter((change) => change > 0).length,
    downs: changes.filter((change) => change < 0).length,
    medianWait: at(0.5),
    p95Wait: at(0.95),
    mostWait: waits.at(-1) ?? 0,
    workerSeconds: samples.reduce((sum, { workers, retiring }) => sum + workers + retiring, 0),
    endsWith: samples.at(-1)?.workers ?? 0,
  };
}
