import { availableParallelism } from 'node:os';
import { type Environment, readEnvironment, wholeNumber } from '@calute/core/process/read-environment';
import { z } from 'zod';
import { apiEnvironmentSchema } from '../../apps/api/src/config.ts';
import { workerEnvironmentSchema } from '../../apps/worker/src/config.ts';
import { freePort } from '../redis/free-port.ts';

/** What `npm start` itself reads; everything goes to the processes as well. */
export interface StartSettings {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** Runs that one worker holds at once. */
  readonly concurrency: number;
  /** Where the API is to tell its load. */
  readonly adminHost: string;
  readonly adminPort: number;
}

const readWorkers = z.object({ CALUTE_MIN_WORKERS: z.number(), CALUTE_MAX_WORKERS: z.number() });

/** What the roles read as well: what is wrong with any of it is told at once, before anything is started. */
const settingsSchema = z
  .object({
    ...apiEnvironmentSchema.shape,
    ...workerEnvironmentSchema.shape,
    REDIS_URL: apiEnvironmentSchema.shape.REDIS_URL.optional(),
    CALUTE_MIN_WORKERS: wholeNumber({ min: 1, max: 1024, unset: 1 }),
    CALUTE_MAX_WORKERS: wholeNumber({ min: 1, max: 1024, unset: 0 }),
  })
  .refine(({ CALUTE_MIN_WORKERS: min, CALUTE_MAX_WORKERS: max }) => max === 0 || min <= max, {
    path: ['CALUTE_MAX_WORKERS'],
    message: 'expected no less than CALUTE_MIN_WORKERS',
    // Both were read, whatever else is wrong.
    when: ({ value }) => readWorkers.safeParse(value).success,
  });

/** Throws StartError that names every bad variable. */
export async function readSettings(environment: Environment): Promise<StartSettings> {
  const read = readEnvironment(settingsSchema, environment);
  const minWorkers = read.CALUTE_MIN_WORKERS;
  return {
    minWorkers,
    maxWorkers: read.CALUTE_MAX_WORKERS || Math.max(minWorkers, availableParallelism()),
    concurrency: read.WORKER_CONCURRENCY,
    adminHost: read.ADMIN_HOST,
    // Port 0 lets the API choose, and we would not learn which one it took.
    adminPort: read.ADMIN_PORT || (await freePort()),
  };
}

/** For `--help`. */
export const settingNames = Object.keys(settingsSchema.shape);

/** For the workers, unless it is set: whoever runs everything on one machine mostly writes agents there. */
export function reloadSetting(environment: Environment): string {
  return environment['CALUTE_RELOAD'] || String(environment['NODE_ENV'] !== 'production');
}

/** Where the API tells its load: all addresses include loopback. */
export function scalingUrl({ adminHost, adminPort }: StartSettings): string {
  const host = ['0.0.0.0', '::', ''].includes(adminHost) ? '127.0.0.1' : adminHost;
  return `http://${host.includes(':') ? `[${host}]` : host}:${adminPort}/scaling`;
}
