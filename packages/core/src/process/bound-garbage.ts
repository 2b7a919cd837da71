import { setFlagsFromString } from 'node:v8';

/**
 * What Node is started with for a role. By its own default a process may hold 128 MB of garbage that is young before it looks;
 * with this 32 MB. It can be set at the start only.
 */
export const roleNodeOptions: readonly string[] = ['--max-semi-space-size=16'];

/** By how many percent more than is in use the old garbage may grow. V8 itself allows up to 300. */
const growingPercent = 100;

/** So that a process which much passes through, like a batch, takes little more memory than what it holds at once. */
export function boundGarbage(): void {
  // V8 reads it whenever it says how far the heap may grow next.
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`);
}
