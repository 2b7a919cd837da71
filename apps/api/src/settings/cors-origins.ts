import { z } from 'zod';

const expected = 'expected origins like https://app.example with commas between them, or * for all';

/** Reads `CORS_ORIGINS`. Unset: none. */
export const corsOrigins = z
  .string()
  .transform((list) => list.split(',').map((origin) => origin.trim()))
  .refine((origins) => origins.every(isOrigin), expected)
  .default([]);

/** Browsers send an origin without a path, in lower case, and compare letter by letter. */
function isOrigin(text: string): boolean {
  return text === '*' || (/^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text);
}
