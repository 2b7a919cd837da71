import { fileURLToPath } from 'node:url';

/** The path of a file of this checkout, from its root on. */
export function pathInCheckout(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
