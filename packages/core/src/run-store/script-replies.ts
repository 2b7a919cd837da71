import { z } from 'zod';
import { tenantIdSchema } from '../ids.ts';
import { runRequestSchema } from '../runs/run-request.ts';
import type { AppendOutcome, EndOutcome, ReadOptions, ReadOutcome, RunHead, RunHeader } from './run-log.ts';

const appendReplySchema = z.array(
  z.union([z.enum(['stored', 'unheard', 'fenced', 'ended', 'gap', 'unknown']), z.number()]),
);

export interface AppendReply {
  readonly outcomes: AppendOutcome[];
  /** Runs that wait for the slot of one that ended with this; 0 when none ended. */
  readonly waiting: number;
}

export function toAppendReply(reply: unknown): AppendReply {
  const entries = appendReplySchema.parse(reply);
  const outcomes = entries.filter((entry) => typeof entry !== 'number');
  return { outcomes, waiting: Number(entries.at(-1)) };
}

const endReplySchema = z.union([
  z.tuple([z.literal('ended'), z.number()]),
  z.enum(['ended', 'already-ended', 'spared', 'unknown']).transform((outcome) => [outcome, 0] as const),
]);

export function toEndReply(reply: unknown): { readonly outcome: EndOutcome; readonly waiting: number } {
  const [outcome, waiting] = endReplySchema.parse(reply);
  return { outcome, waiting };
}

const headsSchema = z.array(z.number());

/** Two numbers for each run: the last sequence, negative for a run that is not known, and whether it has ended. */
export function toHeads(reply: unknown): (RunHead | undefined)[] {
  const numbers = headsSchema.parse(reply);
  const heads: (RunHead | undefined)[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    const seq = numbers[at] ?? -1;
    heads.push(seq < 0 ? undefined : { seq, ended: numbers[at + 1] === 1 });
  }
  return heads;
}

export const heardSchema: z.ZodType<boolean[]> = z.array(z.literal([0, 1]).transform((heard) => heard === 1));

const readReplySchema = z.union([
  z.tuple([z.literal('unknown')]),
  z.tuple([z.literal('found'), z.number(), z.number(), z.array(z.string()), z.array(z.string())]),
]);

export function toReadOutcome(reply: unknown, { afterSeq }: ReadOptions): ReadOutcome {
  const read = readReplySchema.parse(reply);
  if (read[0] === 'unknown') return { outcome: 'unknown' };
  const [outcome, seq, ended, payloads, header] = read;
  const frames = payloads.map((payload, index) => ({ seq: afterSeq + index + 1, payload }));
  const found = { outcome, frames, more: afterSeq + frames.length < seq, ended: ended === 1 };
  return header.length === 0 ? found : { ...found, header: toRunHeader(header) };
}

function toRunHeader(fields: string[]): RunHeader {
  const [tenant, created, request] = z.tuple([tenantIdSchema, z.coerce.number(), z.string()]).parse(fields);
  return { tenant, createdMs: created, request: runRequestSchema.parse(JSON.parse(request)) };
}
