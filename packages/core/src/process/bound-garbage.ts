import { setFlagsFromString } from 'node:v8';

/** Runs that one process holds before it is given more room for what is young. */
const manyRuns = 512;

/**
 * What Node is started with for a role. By its own default a process may hold 128 MB of garbage that is young before it looks;
 * with this 32 MB. A worker that holds thousands of runs keeps the default: each look copies what all of them are about to say, and
 * streams would stand still for it. It can be set at the start only.
 */
export function roleNodeOptions({ WORKER_CONCURRENCY }: NodeJS.ProcessEnv): readonly string[] {
  return Number(WORKER_CONCURRENCY ?? 0) > manyRuns ? [] : ['--max-semi-space-size=16'];
}

/** By how many percent more than is in use the old garbage may grow. V8 itself allows up to 300. */
const growingPercent = 100;

/** So that a process which much passes through, like a batch, takes little more memory than what it holds at once. */
export function boundGarbage(): void {
  // V8 reads it whenever it says how far the heap may grow next.
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`);
}
