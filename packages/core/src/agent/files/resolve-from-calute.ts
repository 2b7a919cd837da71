import { registerHooks } from 'node:module';

/**
 * Lets agent files anywhere on the disk import `calute`, `@calute/core/…` and `zod`: what node cannot find from the file itself is
 * looked up from Calute's own place. Stays for the life of the process, because a tool may import lazily.
 */
export function resolveFromCalute(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        if (!isOurs(specifier)) throw error;
        return nextResolve(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}

function isOurs(specifier: string): boolean {
  return /^(zod|calute)(\/|$)|^@calute\/core\//.test(specifier);
}
