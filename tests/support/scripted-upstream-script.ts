import { z } from 'zod';

/** One thing that the scripted upstream does for a request, in order; after the last one it ends the response. */
const upstreamStepSchema = z.discriminatedUnion('type', [
  /** Sends status and headers now; without it they go out with the first chunk, as a 200 event stream. */
  z.object({
    type: z.literal('head'),
    status: z.number().int(),
    headers: z.record(z.string(), z.string()).default({}),
  }),
  /** Writes raw text; `splitAt` cuts its bytes at these offsets into separate writes. */
  z.object({
    type: z.literal('chunks'),
    chunks: z.array(z.string()),
    splitAt: z.array(z.number().int()).default([]),
  }),
  z.object({ type: z.literal('delay'), delayMs: z.number().nonnegative() }),
  /** Waits until the test releases the gate of this name; one release opens it for good. */
  z.object({ type: z.literal('gate'), name: z.string() }),
  /** Says nothing more, until the client closes. */
  z.object({ type: z.literal('hang') }),
  /** Destroys the socket. */
  z.object({ type: z.literal('cut') }),
]);
export type UpstreamStep = z.input<typeof upstreamStepSchema>;

/** What the upstream does for each request of a model in turn; the last turn repeats. */
export const upstreamScriptSchema = z.object({
  model: z.string(),
  turns: z.array(z.array(upstreamStepSchema)).min(1),
});
export type UpstreamScript = z.output<typeof upstreamScriptSchema>;

/** A request that the upstream received. */
export const upstreamRequestSchema = z.object({
  id: z.number().int(),
  model: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  body: z.record(z.string(), z.unknown()),
  /** `closed-early`: the client closed its socket before the script was through. */
  state: z.enum(['open', 'finished', 'cut', 'closed-early']),
});
export type UpstreamRequest = z.output<typeof upstreamRequestSchema>;
