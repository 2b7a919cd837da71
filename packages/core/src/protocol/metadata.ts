import { z } from 'zod';

const mostPairs = 16;

/**
 * Metadata of any value, with OpenAI's bounds. The pairs are counted before any is looked at: a record's schema alone would go through a
 * million of them first.
 */
export function metadataOf<Value extends z.ZodType>(value: Value) {
  const few = z.custom<unknown>(hasFewPairs, `expected at most ${mostPairs} pairs`);
  return few.pipe(z.record(z.string().max(64), value));
}

function hasFewPairs(sent: unknown): boolean {
  return typeof sent !== 'object' || sent === null || Object.keys(sent).length <= mostPairs;
}

export const metadataTextSchema = z.string().max(512);

export const metadataSchema = metadataOf(metadataTextSchema);
