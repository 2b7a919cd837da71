import { z } from 'zod';

/** What the chaos upstream is told in the user's message: how to answer. */
export const upstreamOrderSchema = z.object({
  run: z.string(),
  tokens: z.number().int().positive(),
  firstTokenMs: z.number().nonnegative(),
  paceMs: z.number().nonnegative(),
  padBytes: z.number().int().nonnegative(),
  /** Answers the first request with a 429 that asks to come back after a second. */
  refusedFirst: z.boolean().optional(),
  cutAt: z.number().int().optional(),
  /** Calls a tool after this token and goes on when it is asked again with the result. */
  toolAfter: z.number().int().optional(),
});
export type UpstreamOrder = z.infer<typeof upstreamOrderSchema>;

/** One request as the chaos upstream saw it; times are Unix ms. */
export const upstreamRequestSchema = z.object({
  run: z.string(),
  /** From 1; stands in each of its tokens. */
  attempt: z.number().int(),
  /** The API key it came with, which names the worker process. */
  worker: z.string(),
  openedMs: z.number(),
  closedMs: z.number().optional(),
  /** `left`: the worker closed its socket before the answer was through. */
  state: z.enum(['open', 'finished', 'cut', 'left']),
});
export type UpstreamRequest = z.infer<typeof upstreamRequestSchema>;

export const upstreamReportSchema = z.object({
  requests: z.array(upstreamRequestSchema),
  /** How many requests were told to come back later. */
  refused: z.int(),
  /** Executions of the tool that must not run twice, by run. */
  tools: z.array(z.object({ run: z.string(), callId: z.string() })),
});
export type UpstreamReport = z.infer<typeof upstreamReportSchema>;
