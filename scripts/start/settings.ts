import { availableParallelism } from 'node:os';
import { type Environment, readEnvironment, wholeNumber } from '@calute/core/process/read-environment';
import { StartError } from '@calute/core/process/start-error';
import { z } from 'zod';

/** What `npm start` itself reads; everything else goes to the processes as it is. */
export interface StartSettings {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** Runs that one worker holds at once. */
  readonly concurrency: number;
  /** Where the API tells its backlog. */
  readonly scalingUrl: string;
}

const settingsSchema = z.object({
  CALUTE_MIN_WORKERS: wholeNumber({ min: 1, max: 1024, unset: 1 }),
  CALUTE_MAX_WORKERS: wholeNumber({ min: 1, max: 1024, unset: 0 }),
  WORKER_CONCURRENCY: wholeNumber({ min: 1, max: 100_000, unset: 256 }),
  ADMIN_PORT: wholeNumber({ min: 1, max: 65_535, unset: 9090 }),
});

/** Throws StartError that names every bad variable. */
export function readSettings(environment: Environment): StartSettings {
  const read = readEnvironment(settingsSchema, environment);
  const minWorkers = read.CALUTE_MIN_WORKERS;
  const maxWorkers = read.CALUTE_MAX_WORKERS || Math.max(minWorkers, availableParallelism());
  if (maxWorkers < minWorkers) {
    throw new StartError(`CALUTE_MAX_WORKERS (${maxWorkers}) is below CALUTE_MIN_WORKERS (${minWorkers}).`);
  }
  return {
    minWorkers,
    maxWorkers,
    concurrency: read.WORKER_CONCURRENCY,
    scalingUrl: `http://127.0.0.1:${read.ADMIN_PORT}/scaling`,
  };
}
