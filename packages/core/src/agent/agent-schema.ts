import { z } from 'zod';
import type { Instructions } from './agent.ts';

/** How many model calls one run may make when the agent does not say. */
const defaultMaxSteps = 16;

const modelName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*:\S+$/, 'expected provider:model, such as "offline:echo"');
const penalty = z.number().min(-2).max(2);
const samplingSchema = z.strictObject({
  maxTokens: z.number().int().min(1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.number().int().min(0).optional(),
  minP: z.number().min(0).max(1).optional(),
  stop: z.array(z.string().min(1)).max(4).optional(),
  presencePenalty: penalty.optional(),
  frequencyPenalty: penalty.optional(),
  repetitionPenalty: z.number().positive().max(10).optional(),
});

// A zod of another copy counts too: an agent folder may bring its own.
const isZodSchema = (value: unknown): value is z.ZodType =>
  typeof value === 'object' && value !== null && '_zod' in value;
const isFunction = (value: unknown): boolean => typeof value === 'function';

const toolSchema = z.strictObject({
  description: z.string().min(1),
  parameters: z.custom<z.ZodType>(isZodSchema, 'expected a zod schema').superRefine((schema, context) => {
    const message = isZodSchema(schema) ? findSchemaFault(schema) : undefined;
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  }),
  execute: z.custom(isFunction, 'expected a function'),
  idempotent: z.boolean().optional(),
  timeoutMs: z.number().int().positive().optional(),
});

const maxTokens = z.number().int().min(1);
const contextSchema = z.discriminatedUnion('strategy', [
  z.strictObject({ strategy: z.enum(['refuse', 'sliding-window']), maxTokens }),
  z.strictObject({
    strategy: z.literal('summarise'),
    maxTokens: maxTokens.min(512), // because a summary gets a quarter of it, and what it is made from has to fit as well
    keepLast: z.number().int().min(1).default(8),
    summaryModel: modelName.optional(),
  }),
]);

/** What `defineAgent` accepts; strict, so that a misspelt field is named rather than ignored. */
export const agentSchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][\w.:-]{0,127}$/, 'expected 1 to 128 letters, digits, or any of _ . : -'),
  model: modelName,
  instructions: z
    .union(
      [z.string(), z.custom<Exclude<Instructions, string>>(isFunction)],
      'expected a string or a function',
    )
    .optional(),
  sampling: samplingSchema.default({}),
  tools: z
    .record(z.string().regex(/^[\w-]{1,64}$/, 'expected 1 to 64 letters, digits, _ or -'), toolSchema)
    .default({}),
  handoffs: z.array(z.string().min(1)).default([]),
  context: contextSchema.optional(),
  limits: z
    .strictObject({ maxSteps: z.number().int().min(1).max(1000).default(defaultMaxSteps) })
    .default({ maxSteps: defaultMaxSteps }),
});

function findSchemaFault(schema: z.ZodType): string | undefined {
  try {
    const json = z.toJSONSchema(schema, { io: 'input' });
    return json.type === 'object' ? undefined : 'expected z.object({...})';
  } catch (error) {
    return `cannot be told to a model as JSON Schema: ${error instanceof Error ? error.message : String(error)}`;
  }
}
