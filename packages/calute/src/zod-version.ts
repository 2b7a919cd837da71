import { createRequire } from 'node:module';
import { z } from 'zod';

/** Thrown at import, before the first schema is made: a zod 3 in the place of zod 4 fails with names that it does not have. */
if (!('strictObject' in z)) {
  throw new Error(
    `Calute needs zod 4, and this project has zod ${readZodVersion()}: run "npm install zod@4". Schemas that zod 3 made have to be made again by zod 4.`,
  );
}

function readZodVersion(): string {
  const { version }: { readonly version: string } = createRequire(import.meta.url)('zod/package.json');
  return version;
}
