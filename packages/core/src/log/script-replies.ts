import { z } from 'zod';
import { runIdSchema, tenantIdSchema } from '../ids.ts';
import { runRequestSchema } from '../runs/run-request.ts';
import type {
  AcceptOutcome,
  AppendOutcome,
  ClaimOutcome,
  EndOutcome,
  NewRun,
  RateLimitState,
  ReadOptions,
  ReadOutcome,
  RunHead,
  RunHeader,
} from './run-log.ts';

const acceptReplySchema = z.tuple([
  z.enum(['accepted', 'duplicate', 'key-reused', 'limited', 'full', 'late']),
  z.string(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
]);

export interface AcceptReply {
  /** `late`: nothing was accepted, because the store came to it after the last moment that was given. */
  readonly answer: AcceptOutcome | { readonly outcome: 'late' };
  /** The store's clock. */
  readonly nowMs: number;
}

export function toAcceptReply(reply: unknown, run: NewRun): AcceptReply {
  const parsed = acceptReplySchema.parse(reply);
  return { answer: toAcceptAnswer(parsed, run), nowMs: parsed[5] };
}

function toAcceptAnswer(
  [outcome, detail, requests, tokens, resetMs]: z.infer<typeof acceptReplySchema>,
  { limits }: NewRun,
): AcceptReply['answer'] {
  const { requestsPerMinute, tokensPerMinute } = limits;
  const rate: RateLimitState = {
    resetMs,
    ...(requestsPerMinute === undefined
      ? {}
      : { requests: { limit: requestsPerMinute, remaining: requests } }),
    ...(tokensPerMinute === undefined ? {} : { tokens: { limit: tokensPerMinute, remaining: tokens } }),
  };
  switch (outcome) {
    case 'accepted':
      return { outcome, createdMs: Number(detail), rate };
    case 'duplicate':
      return { outcome, runId: runIdSchema.parse(detail), rate };
    case 'limited': {
      const by = z.enum(['requests', 'tokens', 'concurrency']).parse(detail);
      return { outcome, by, retryAfterMs: by === 'concurrency' ? 1000 : resetMs, rate };
    }
    case 'key-reused':
    case 'full':
    case 'late':
      return { outcome };
  }
}

/** The usual one first: a union tries its members in turn. */
const claimReplySchema = z.union([
  z.tuple([
    z.literal('claimed'),
    z.number(),
    z.number(),
    z.string(),
    tenantIdSchema,
    z.string(),
    z.number(),
    z.number(),
    z.string(),
  ]),
  z.tuple([z.enum(['ended', 'unknown'])]),
]);

export function toClaimOutcome(reply: unknown): ClaimOutcome {
  const claim = claimReplySchema.parse(reply);
  if (claim[0] !== 'claimed') return { outcome: claim[0] };
  const [outcome, epoch, seq, visible, tenant, request, remainingMs, waitedMs, provisional] = claim;
  return {
    outcome,
    epoch,
    seq,
    visible: visible === '1',
    tenant,
    request: runRequestSchema.parse(JSON.parse(request)),
    remainingMs,
    waitedMs,
    provisional: provisional === '1',
  };
}

export const appendOutcomesSchema: z.ZodType<AppendOutcome[]> = z.array(
  z.enum(['stored', 'unheard', 'fenced', 'ended', 'gap', 'unknown']),
);
export const endOutcomeSchema: z.ZodType<EndOutcome> = z.enum([
  'ended',
  'already-ended',
  'followed',
  'unknown',
]);

export const confirmedSchema: z.ZodType<boolean> = z
  .literal([0, 1])
  .transform((confirmed) => confirmed === 1);

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
