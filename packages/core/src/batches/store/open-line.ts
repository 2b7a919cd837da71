import { z } from 'zod';

/** A line that is under way: where it stands in the input, and which attempt is made. */
export interface OpenLine {
  /** Counted from 1. */
  readonly number: number;
  readonly offset: number;
  readonly end: number;
  readonly customId: string;
  /** From 0; each is a run of its own. */
  readonly attempt: number;
  /** Before this the attempt is not made, in Unix ms. */
  readonly notBeforeMs: number;
}

/** The number stands beside it. */
export function encodeOpenLine({ offset, end, customId, attempt, notBeforeMs }: OpenLine): string {
  return JSON.stringify([offset, end, customId, attempt, notBeforeMs]);
}

const tupleSchema = z.tuple([z.number(), z.number(), z.string(), z.number(), z.number()]);

export function decodeOpenLine(number: string, text: string): OpenLine {
  const [offset, end, customId, attempt, notBeforeMs] = tupleSchema.parse(JSON.parse(text));
  return { number: Number(number), offset, end, customId, attempt, notBeforeMs };
}
