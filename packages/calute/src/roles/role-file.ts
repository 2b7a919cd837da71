import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program of a role, which lies at the same place in a checkout and in the package, there as JavaScript. */
export function roleFile(role: 'api' | 'worker'): string {
  const extension = extname(import.meta.filename);
  return fileURLToPath(new URL(`../../../../apps/${role}/src/main${extension}`, import.meta.url));
}
