import { readEnvironment, wholeNumber } from '@calute/core/process/read-environment';
import { z } from 'zod';

/** What is broken on purpose, to see that the oracle notices. */
export const mutants = ['no-fence', 'pubsub-only', 'double-end', 'splice'] as const;
export type Mutant = (typeof mutants)[number];

const flag = z
  .enum(['0', '1'])
  .default('0')
  .transform((value) => value === '1');

const environmentSchema = z.object({
  SEED: wholeNumber({ min: 0, max: 2 ** 31, unset: -1 }),
  DURATION_S: wholeNumber({ min: 10, max: 86_400, unset: 600 }),
  /** New runs per second. */
  CHAOS_RATE: wholeNumber({ min: 1, max: 200, unset: 7 }),
  CHAOS_BASELINE: flag,
  CHAOS_CLUSTER: flag,
  CHAOS_MUTANT: z.enum(mutants).optional(),
});

export interface ChaosSettings {
  readonly seed: number;
  readonly durationMs: number;
  readonly runsPerSecond: number;
  /** Plain pub/sub instead of the log. */
  readonly baseline: boolean;
  readonly mutant: Mutant | undefined;
  /** A Redis Cluster in place of one Redis. */
  readonly cluster: boolean;
}

/** Reads SEED, DURATION_S and the CHAOS_ variables. Throws StartError. */
export function readChaosSettings(
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[] = [],
): ChaosSettings {
  const read = readEnvironment(environmentSchema, env);
  return {
    seed: read.SEED >= 0 ? read.SEED : Math.floor(Math.random() * 2 ** 31),
    durationMs: read.DURATION_S * 1000,
    runsPerSecond: read.CHAOS_RATE,
    baseline: read.CHAOS_BASELINE || args.includes('--baseline'),
    mutant: read.CHAOS_MUTANT,
    cluster: read.CHAOS_CLUSTER || args.includes('--cluster'),
  };
}

/** The command that does the same again. */
export function replayCommand(settings: ChaosSettings): string {
  const { seed, durationMs, runsPerSecond, baseline, cluster, mutant } = settings;
  const words = [
    `SEED=${seed} DURATION_S=${durationMs / 1000} CHAOS_RATE=${runsPerSecond}`,
    ...(baseline ? ['CHAOS_BASELINE=1'] : []),
    ...(cluster ? ['CHAOS_CLUSTER=1'] : []),
    ...(mutant === undefined ? [] : [`CHAOS_MUTANT=${mutant}`]),
    'npm run chaos',
  ];
  return words.join(' ');
}
