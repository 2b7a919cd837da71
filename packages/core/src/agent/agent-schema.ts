import { z } from 'zod';
import { type Endpoint, endpoints } from '../request/direct-request.ts';
import type { Instructions, Rules } from './agent.ts';
import { durationMsSchema, limitsSchema, pricesSchema } from './limits-schema.ts';
import { overridesSchema, samplingSchema } from './sampling-schema.ts';
import { findTeamFaults } from './team/team-faults.ts';
import { findToolServerFaults, toolServersSchema } from './tool-server-schema.ts';

/** OpenAI takes 1,024 characters for a tool, of which a handoff's own sentence with an id needs up to 200. */
const maxDescriptionLength = 800;
/** A result is one entry of the log, and is published. */
const maxToolResultBytes = 1_048_576;

const providersOfChatsAlone = ['anthropic', 'google'];

const modelName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*:\S+$/, 'expected provider:model, such as "offline:echo"');
// A zod of another copy counts too: an agent folder may bring its own.
const isZodSchema = (value: unknown): value is z.ZodType =>
  typeof value === 'object' && value !== null && '_zod' in value;
const isFunction = (value: unknown): boolean => typeof value === 'function';

const toolDefaultFields = {
  timeoutMs: durationMsSchema.optional(),
  retries: z.number().int().min(0).max(10).optional(),
};

const toolFieldsSchema = z.strictObject({
  description: z.string().min(1),
  parameters: z
    .custom<z.ZodType>(isZodSchema, { error: describeForeignSchema })
    .superRefine((schema, context) => {
      const message = isZodSchema(schema) ? findSchemaFault(schema) : undefined;
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    }),
  execute: z.custom(isFunction, 'expected a function'),
  idempotent: z.boolean().optional(),
  maxResultBytes: z.number().int().min(1).max(maxToolResultBytes).optional(),
  ...toolDefaultFields,
});

const toolSchema = toolFieldsSchema.refine(
  ({ retries = 0, idempotent = false }) => retries === 0 || idempotent,
  {
    path: ['retries'],
    message:
      'only a tool that is idempotent may be tried again; set idempotent: true if it is, else leave retries out',
  },
);

const fallbackSchema = z.union(
  [
    modelName.transform((model) => ({ model })),
    z.strictObject({ agent: z.string().min(1) }),
    // As an agent has it, so that one can be made of another.
    z.strictObject({ model: modelName }),
  ],
  'expected "provider:model" or { agent: "id" }',
);

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

/** The fields of an agent, each for itself. */
export const agentFieldsSchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][\w.:-]{0,127}$/, 'expected 1 to 128 letters, digits, or any of _ . : -'),
  description: z.string().min(1).max(maxDescriptionLength).optional(),
  model: modelName,
  serves: z.array(z.enum(endpoints)).min(1).optional(),
  instructions: z
    .union(
      [z.string(), z.custom<Exclude<Instructions, string>>(isFunction)],
      'expected a string or a function',
    )
    .optional(),
  rules: z
    .union([z.array(z.string().min(1)), z.custom<Exclude<Rules, readonly string[]>>(isFunction)], {
      error: 'expected an array of texts or a function',
    })
    .optional(),
  examples: z.array(z.strictObject({ user: z.string().min(1), assistant: z.string().min(1) })).optional(),
  sampling: samplingSchema.default({}),
  allowOverrides: overridesSchema.optional(),
  tools: z
    .record(z.string().regex(/^[\w-]{1,64}$/, 'expected 1 to 64 letters, digits, _ or -'), toolSchema)
    .default({}),
  mcp: toolServersSchema.optional(),
  toolDefaults: z.strictObject(toolDefaultFields).optional(),
  parallelTools: z.boolean().optional(),
  handoffs: z.array(z.string().min(1)).default([]),
  context: contextSchema.optional(),
  fallback: z
    .preprocess(
      (given) => (given === undefined || Array.isArray(given) ? given : [given]),
      z.array(fallbackSchema).max(8).optional(),
    )
    .transform((fallback) => fallback ?? []),
  limits: limitsSchema,
  prices: pricesSchema.optional(),
});

/** What `defineAgent` accepts; strict, so that a misspelt field is named rather than ignored. */
export const agentSchema = agentFieldsSchema.superRefine((agent, context) => {
  const faults = [...findTeamFaults(agent), ...findToolServerFaults(agent), ...findEndpointFaults(agent)];
  for (const { path, message } of faults) context.addIssue({ code: 'custom', path, message });
  if (agent.limits.maxCostUsd === undefined || agent.prices !== undefined) return;
  const message =
    'needs prices: { inputPerMillion, outputPerMillion } on the agent, to know what a run costs';
  context.addIssue({ code: 'custom', path: ['limits', 'maxCostUsd'], message });
});

function findEndpointFaults({
  model,
  serves = [],
}: {
  readonly model: string;
  readonly serves?: readonly Endpoint[] | undefined;
}) {
  const provider = providersOfChatsAlone.find((name) => model.startsWith(`${name}:`));
  const index = serves.findIndex((endpoint) => endpoint !== 'chat');
  if (provider === undefined || index === -1) return [];
  return [{ path: ['serves', index], message: `models of "${provider}" are asked for chats alone` }];
}

/** Zod 3 keeps its kind in `_def.typeName` alone. */
function describeForeignSchema({ input }: { readonly input?: unknown }): string {
  const isZod3 = typeof input === 'object' && input !== null && '_def' in input;
  if (!isZod3) return 'expected a zod schema';
  return 'this schema is of zod 3, and Calute needs zod 4: run "npm install zod@4", or import it from "zod/v4" if zod 3.25 has to stay';
}

function findSchemaFault(schema: z.ZodType): string | undefined {
  try {
    const json = z.toJSONSchema(schema, { io: 'input' });
    return json.type === 'object' ? undefined : 'expected z.object({...})';
  } catch (error) {
    return `cannot be told to a model as JSON Schema: ${error instanceof Error ? error.message : String(error)}`;
  }
}
