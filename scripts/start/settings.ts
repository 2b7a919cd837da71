import { availableParallelism } from 'node:os';
import { type Environment, readEnvironment, wholeNumber } from '@calute/core/process/read-environment';
import { type DownTimes, defaultDownTimes } from '@calute/core/scaling/decide-workers';
import { z } from 'zod';
import { apiEnvironmentSchema } from '../../apps/api/src/config.ts';
import { workerEnvironmentSchema } from '../../apps/worker/src/config.ts';

/** What `npm start` itself reads; everything goes to the processes as well. */
export interface StartSettings {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** Runs that one worker holds at once. */
  readonly concurrency: number;
  readonly down: DownTimes;
  readonly prefix: string;
  readonly partitions: number;
  /** Of the API; workers get free ones. */
  readonly adminPort: number;
}

const readWorkers = z.object({ CALUTE_MIN_WORKERS: z.number(), CALUTE_MAX_WORKERS: z.number() });

/** What the roles read as well: what is wrong with any of it is told at once, before anything is started. */
const settingsSchema = z
  .object({
    ...apiEnvironmentSchema.shape,
    ...workerEnvironmentSchema.shape,
    REDIS_URL: apiEnvironmentSchema.shape.REDIS_URL.optional(),
    ADMIN_PORT: apiEnvironmentSchema.shape.ADMIN_PORT,
    CALUTE_MIN_WORKERS: wholeNumber({ min: 0, max: 1024, unset: 1 }),
    CALUTE_MAX_WORKERS: wholeNumber({ min: 1, max: 1024, unset: 0 }),
    CALUTE_SCALE_DOWN_AFTER_S: wholeNumber({ min: 1, max: 86_400, unset: defaultDownTimes.holdMs / 1000 }),
    CALUTE_SCALE_DOWN_EVERY_S: wholeNumber({ min: 1, max: 86_400, unset: defaultDownTimes.everyMs / 1000 }),
  })
  .refine(({ CALUTE_MIN_WORKERS: min, CALUTE_MAX_WORKERS: max }) => max === 0 || min <= max, {
    path: ['CALUTE_MAX_WORKERS'],
    message: 'expected no less than CALUTE_MIN_WORKERS',
    // Both were read, whatever else is wrong.
    when: ({ value }) => readWorkers.safeParse(value).success,
  });

/** Throws StartError that names every bad variable. */
export function readSettings(environment: Environment): StartSettings {
  const read = readEnvironment(settingsSchema, environment);
  const minWorkers = read.CALUTE_MIN_WORKERS;
  return {
    minWorkers,
    maxWorkers: read.CALUTE_MAX_WORKERS || Math.max(minWorkers, availableParallelism()),
    concurrency: read.WORKER_CONCURRENCY,
    down: {
      holdMs: read.CALUTE_SCALE_DOWN_AFTER_S * 1000,
      everyMs: read.CALUTE_SCALE_DOWN_EVERY_S * 1000,
    },
    prefix: read.CALUTE_PREFIX,
    partitions: read.REDIS_PARTITIONS,
    adminPort: read.ADMIN_PORT,
  };
}

/** For `--help`. */
export const settingNames = Object.keys(settingsSchema.shape);

/** For the workers, unless it is set: whoever runs everything on one machine mostly writes agents there. */
export function reloadSetting(environment: Environment): string {
  return environment['CALUTE_RELOAD'] || String(environment['NODE_ENV'] !== 'production');
}
