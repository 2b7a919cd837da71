import { z } from 'zod';
import { opaqueFieldsSchema } from './opaque-fields.ts';
import { completedEndSchema, runEndSchema, runUsageSchema } from './run-end.ts';

/** A call of one of the agent's own tools, complete. */
const ownCallSchema = z.object({
  id: z.string(),
  name: z.string(),
  arguments: z.string(),
  /** What its provider wants back with it. */
  opaque: opaqueFieldsSchema.optional(),
});
export type OwnCall = z.infer<typeof ownCallSchema>;

/** Whose event it is when the request asked for several choices, counted from 0; absent for the first, so for nearly all. */
const choice = z.number().int().positive().optional();
/** Which branch of the run it belongs to; absent: the answer, so for all runs but those of teams. See `branch-name.ts`. */
const branch = z.string().optional();

/**
 * One neutral fact of a run, in the order in which it happened. Encoders turn events into OpenAI's shapes;
 * nothing else knows those shapes.
 */
export const runEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('text-delta'),
    text: z.string(),
    /**
     * OpenAI's `logprobs.content` entries of this text, passed through as the upstream sent them; of a direct completion its
     * `logprobs` objects.
     */
    logprobs: z.array(z.unknown()).optional(),
    choice,
  }),
  z.object({ type: z.literal('reasoning-delta'), text: z.string(), choice }),
  /** A tool call for the client to run; `index` counts them from 0, its arguments follow as deltas. */
  z.object({
    type: z.literal('tool-call'),
    index: z.number().int(),
    id: z.string(),
    name: z.string(),
    /** What its provider wants back with it, as far as that came with its beginning. */
    opaque: opaqueFieldsSchema.optional(),
    choice,
  }),
  z.object({ type: z.literal('tool-call-delta'), index: z.number().int(), arguments: z.string(), choice }),
  /** What the provider wants back with the answer, or with the tool call of this `index`; see `mergeOpaque`. */
  z.object({
    type: z.literal('opaque-delta'),
    fields: opaqueFieldsSchema,
    index: z.number().int().optional(),
    choice,
  }),
  /** One vector of a direct run; `index` counts the inputs. */
  z.object({
    type: z.literal('embedding'),
    index: z.number().int().nonnegative(),
    /** Float32, little endian, in base64: a third of what numbers take in JSON. */
    vector: z.string(),
    choice,
  }),
  /** The model's turn is over and calls tools of the agent itself: stored before the first of them starts. Not shown. */
  z.object({
    type: z.literal('step-calls'),
    text: z.string(),
    calls: z.array(ownCallSchema),
    /** What the provider wants back with the turn: its reasoning, under the name that it came by, and opaque fields. */
    opaque: opaqueFieldsSchema.optional(),
    usage: runUsageSchema,
    /** Whose turn it was; absent: that of the agent that was asked for. */
    agent: z.string().optional(),
    /** The model that it had fallen back to; absent: the agent's own. */
    model: z.string().optional(),
    /** The agent that the conversation passes to after this step, and which of the calls says so. */
    handoff: z.object({ index: z.number().int(), agent: z.string() }).optional(),
    /** Whether the calls run one after the other. @defaultValue false */
    sequential: z.boolean().optional(),
    /** When the run's first attempt began, in Unix ms; where its duration is limited. */
    startedAtMs: z.number().optional(),
    choice,
    branch,
  }),
  /**
   * What one of the last step's calls came to, as the model is told; `index` counts those calls. Calls that pass the
   * conversation on have none: what they come to follows from their step. Not shown.
   */
  z.object({
    type: z.literal('tool-result'),
    index: z.number().int(),
    content: z.string(),
    /** Absent in what older versions wrote. */
    durationMs: z.number().int().nonnegative().optional(),
    choice,
    branch,
  }),
  /** The agent begins with the branch, of a team's run. Not shown. */
  z.object({
    type: z.literal('branch-start'),
    branch: z.string(),
    agent: z.string(),
    /** When the run's first attempt began, in Unix ms. */
    startedAtMs: z.number(),
    choice,
  }),
  /** A branch is complete, and what it came to: stored, so that it is not done again. Not shown. */
  z.object({
    type: z.literal('branch-end'),
    branch: z.string(),
    agent: z.string(),
    text: z.string(),
    end: completedEndSchema,
    choice,
  }),
  /** One of several choices is complete: stored, so that it is not done again. A run of one choice has none. */
  z.object({ type: z.literal('choice-end'), end: completedEndSchema, choice }),
  /** Always the last event of a run. */
  z.object({ type: z.literal('run-end'), end: runEndSchema }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;

/** What a client sees of a run before its end. */
export type VisibleEvent = Extract<
  RunEvent,
  { type: 'text-delta' | 'reasoning-delta' | 'tool-call' | 'tool-call-delta' | 'opaque-delta' | 'embedding' }
>;

/** What must be stored before the run goes on: with it another attempt can go on from there. */
export type CommitEvent = Extract<
  RunEvent,
  { type: 'step-calls' | 'tool-result' | 'choice-end' | 'branch-start' | 'branch-end' }
>;

export function isCommit(event: RunEvent): event is CommitEvent {
  switch (event.type) {
    case 'step-calls':
    case 'tool-result':
    case 'choice-end':
    case 'branch-start':
    case 'branch-end':
      return true;
    default:
      return false;
  }
}

export function isVisible(event: RunEvent): event is VisibleEvent {
  return event.type !== 'run-end' && !isCommit(event);
}

/** Whether tools of the agent start once this is stored. A step that only passes the conversation on starts none. */
export function startsTools(event: RunEvent): boolean {
  return event.type === 'step-calls' && event.calls.length > (event.handoff === undefined ? 0 : 1);
}
