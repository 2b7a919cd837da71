import { availableParallelism } from 'node:os';
import { type Environment, readEnvironment, wholeNumber } from '@calute/core/process/read-environment';
import { StartError } from '@calute/core/process/start-error';
import { z } from 'zod';
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

const settingsSchema = z.object({
  CALUTE_MIN_WORKERS: wholeNumber({ min: 1, max: 1024, unset: 1 }),
  CALUTE_MAX_WORKERS: wholeNumber({ min: 1, max: 1024, unset: 0 }),
  WORKER_CONCURRENCY: wholeNumber({ min: 1, max: 10_000, unset: 256 }),
  ADMIN_HOST: z.string().default('127.0.0.1'),
  ADMIN_PORT: wholeNumber({ min: 0, max: 65_535, unset: 9090 }),
});

/** Throws StartError that names every bad variable. */
export async function readSettings(environment: Environment): Promise<StartSettings> {
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
    adminHost: read.ADMIN_HOST,
    // Port 0 lets the API choose, and we would not learn which one it took.
    adminPort: read.ADMIN_PORT || (await freePort()),
  };
}

/** For the workers, unless it is set: whoever runs everything on one machine mostly writes agents there. */
export function reloadSetting(environment: Environment): string {
  return environment['CALUTE_RELOAD'] || String(environment['NODE_ENV'] !== 'production');
}

/** Where the API tells its load: all addresses include loopback. */
export function scalingUrl({ adminHost, adminPort }: StartSettings): string {
  const host = ['0.0.0.0', '::', ''].includes(adminHost) ? '127.0.0.1' : adminHost;
  return `http://${host.includes(':') ? `[${host}]` : host}:${adminPort}/scaling`;
}
