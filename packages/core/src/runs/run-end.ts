import { z } from 'zod';
import { CaluteError, type ErrorCode, errorCodes } from '../errors.ts';

export const finishReasonSchema = z.enum(['stop', 'length', 'tool_calls', 'content_filter']);
export type FinishReason = z.infer<typeof finishReasonSchema>;

/** Tokens of one model call, or of a whole run, summed over its model calls. */
export const runUsageSchema = z.object({
  promptTokens: z.number().int().nonnegative(),
  completionTokens: z.number().int().nonnegative(),
  cachedTokens: z.number().int().nonnegative().default(0),
  reasoningTokens: z.number().int().nonnegative().default(0),
  /** Where the agent has prices. */
  costUsd: z.number().nonnegative().optional(),
});
export type RunUsage = z.infer<typeof runUsageSchema>;

/** What was left out of a run's model calls because the conversation was too long. */
export const compactionSchema = z.object({
  strategy: z.enum(['sliding-window', 'summarise']),
  /** How many messages the model has not been given, or only as a summary. */
  messages: z.number().int().positive(),
});
export type Compaction = z.infer<typeof compactionSchema>;

/** Of the steps that were done; absent when there are none, or when the end came from outside. */
const knownUsageSchema = runUsageSchema.optional();

const errorCodeSchema = z.custom<ErrorCode>((code) => typeof code === 'string' && code in errorCodes);

export const completedEndSchema = z.object({
  reason: z.literal('completed'),
  finishReason: finishReasonSchema,
  usage: runUsageSchema,
  /** Wall time of the attempt that completed, in ms. */
  processingMs: z.number().nonnegative(),
  /** The tier that the upstream says it used. */
  serviceTier: z.string().optional(),
  /** Who gave the answer; absent: the agent that was asked for. */
  agent: z.string().optional(),
  compaction: compactionSchema.optional(),
  /** What each agent of a team has used, in the order in which they were heard of; absent for anything but a team. */
  members: z.array(z.object({ agent: z.string(), usage: runUsageSchema })).optional(),
});
export type CompletedEnd = z.infer<typeof completedEndSchema>;

/** Why a run ended. The first writer wins: a run has exactly one. */
export const runEndSchema = z.discriminatedUnion('reason', [
  completedEndSchema,
  z.object({
    reason: z.literal('cancelled'),
    by: z.enum(['client', 'disconnect', 'deadline']),
    usage: knownUsageSchema,
  }),
  z.object({
    reason: z.literal('failed'),
    code: errorCodeSchema,
    message: z.string(),
    param: z.string().optional(),
    retryAfterMs: z.number().nonnegative().optional(),
    usage: knownUsageSchema,
  }),
]);
export type RunEnd = z.infer<typeof runEndSchema>;

/** The run end that tells a client of `error`; for an unknown error the text is hidden, because it is a bug. */
export function toFailedEnd(error: unknown): RunEnd {
  if (!CaluteError.is(error)) {
    return { reason: 'failed', code: 'internal_error', message: 'The agent failed unexpectedly.' };
  }
  return {
    reason: 'failed',
    code: error.code,
    message: error.message,
    ...(error.param === undefined ? {} : { param: error.param }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  };
}

/** Whether the same request, sent again, deserves another run: its client left, or the failure may pass. */
export function mayRetry(end: RunEnd): boolean {
  if (end.reason === 'failed') return errorCodes[end.code].retryable;
  return end.reason === 'cancelled' && end.by === 'disconnect';
}

/** What a client is told of a run that did not complete. Where tools may have started, a retry would start them again. */
export function toClientError(
  end: Exclude<RunEnd, { reason: 'completed' }>,
  mayHaveStartedTools: boolean,
): CaluteError {
  if (end.reason === 'failed') {
    const { code, message, param, retryAfterMs } = end;
    return new CaluteError(code, message, {
      param,
      retryAfterMs,
      retryable: mayHaveStartedTools ? false : undefined,
    });
  }
  return end.by === 'deadline'
    ? new CaluteError('deadline_exceeded', 'The run did not finish by its deadline.')
    : new CaluteError('run_cancelled', 'The run was cancelled.');
}
