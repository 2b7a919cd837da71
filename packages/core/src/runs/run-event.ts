import { z } from 'zod';
import { runEndSchema, runUsageSchema } from './run-end.ts';

/** A call of one of the agent's own tools, complete. */
const ownCallSchema = z.object({ id: z.string(), name: z.string(), arguments: z.string() });
export type OwnCall = z.infer<typeof ownCallSchema>;

/**
 * One neutral fact of a run, in the order in which it happened. Encoders turn events into OpenAI's shapes;
 * nothing else knows those shapes.
 */
export const runEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('text-delta'),
    text: z.string(),
    /** OpenAI's `logprobs.content` entries of this text, passed through as the upstream sent them. */
    logprobs: z.array(z.unknown()).optional(),
  }),
  z.object({ type: z.literal('reasoning-delta'), text: z.string() }),
  /** A tool call for the client to run; `index` counts them from 0, its arguments follow as deltas. */
  z.object({ type: z.literal('tool-call'), index: z.number().int(), id: z.string(), name: z.string() }),
  z.object({ type: z.literal('tool-call-delta'), index: z.number().int(), arguments: z.string() }),
  /** The model's turn is over and calls tools of the agent itself: stored before the first of them starts. Not shown. */
  z.object({
    type: z.literal('step-calls'),
    text: z.string(),
    calls: z.array(ownCallSchema),
    usage: runUsageSchema,
    /** Whether the calls run one after the other. @defaultValue false */
    sequential: z.boolean().optional(),
    /** When the run's first attempt began, in Unix ms; where its duration is limited. */
    startedAtMs: z.number().optional(),
  }),
  /** What one of the last step's calls came to, as the model is told; `index` counts those calls. Not shown. */
  z.object({ type: z.literal('tool-result'), index: z.number().int(), content: z.string() }),
  /** Always the last event of a run. */
  z.object({ type: z.literal('run-end'), end: runEndSchema }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;

/** What a client sees of a run before its end. */
export type VisibleEvent = Extract<
  RunEvent,
  { type: 'text-delta' | 'reasoning-delta' | 'tool-call' | 'tool-call-delta' }
>;

/** What must be stored before the run goes on: with it another attempt can go on from there. */
export type CommitEvent = Extract<RunEvent, { type: 'step-calls' | 'tool-result' }>;

export function isCommit(event: RunEvent): event is CommitEvent {
  return event.type === 'step-calls' || event.type === 'tool-result';
}

export function isVisible(event: RunEvent): event is VisibleEvent {
  return event.type !== 'run-end' && !isCommit(event);
}
