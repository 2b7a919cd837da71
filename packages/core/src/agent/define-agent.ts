import type { z } from 'zod';
import type {
  Agent,
  ContextPolicy,
  Example,
  Fallback,
  Instructions,
  Overrides,
  Rules,
  Sampling,
  Tool,
  ToolDefaults,
} from './agent.ts';
import { agentSchema } from './agent-schema.ts';
import type { Limits, Prices } from './limits.ts';
import type { ToolServer } from './tool-server.ts';

/** What an agent file says; `id` and `model` are required. */
export interface AgentDefinition<Parameters extends Readonly<Record<string, z.ZodType>>> {
  /** The `model` that clients ask for. */
  readonly id: string;
  /** What it is for, as agents are told that may hand over to it. */
  readonly description?: string;
  /** `provider:model`: `openai:gpt-5-mini`; `offline:echo` needs nothing. */
  readonly model: string;
  readonly instructions?: Instructions;
  /** Follow the instructions as a list. */
  readonly rules?: Rules;
  /** Stand before the client's messages as turns of a conversation. */
  readonly examples?: readonly Example[];
  readonly sampling?: Sampling;
  /** Which of them requests may change: all (`true`), none or these. @defaultValue the worker's `CALUTE_OVERRIDE_SAMPLINGS` */
  readonly allowOverrides?: Overrides;
  /** Functions that the worker runs when the model calls them, by name. */
  readonly tools?: { readonly [Name in keyof Parameters]: Tool<Parameters[Name]> };
  readonly toolDefaults?: ToolDefaults;
  /** Whether the calls of one step run side by side; else one after the other, in the order of the calls. @defaultValue true */
  readonly parallelTools?: boolean;
  /** MCP servers by name; the model calls their tools `<server>__<tool>`. */
  readonly mcp?: Readonly<Record<string, ToolServer>>;
  /** The ids of agents that it may pass the conversation to. */
  readonly handoffs?: readonly string[];
  /** What to do with conversations that are too long for the model. @defaultValue they are sent as they are */
  readonly context?: ContextDefinition;
  /** What is asked, in this order, while the provider of `model` fails: `provider:model`, or another agent. */
  readonly fallback?: FallbackDefinition | readonly FallbackDefinition[];
  /** What one run may use. */
  readonly limits?: Partial<Limits>;
  /** What the model costs: for `limits.maxCostUsd` and the worker's log. */
  readonly prices?: Prices;
}

type FallbackDefinition = string | Fallback;

type ContextDefinition =
  | Exclude<ContextPolicy, { strategy: 'summarise' }>
  | (Omit<Extract<ContextPolicy, { strategy: 'summarise' }>, 'keepLast'> & { readonly keepLast?: number });

const marker = Symbol.for('calute.agent');

/**
 * Makes a frozen {@link Agent}; the arguments of each tool's `execute` are inferred from its `parameters`.
 * Throws one error that names every bad field.
 */
export function defineAgent<
  const Parameters extends Readonly<Record<string, z.ZodType>> = Record<never, never>,
>(definition: AgentDefinition<Parameters>): Agent {
  const parsed = agentSchema.safeParse(definition);
  if (!parsed.success) throw new Error(describeFaults(definition, parsed.error));
  // because zod widens absent to undefined and functions to unknown; the schema has checked both
  const agent = deepFreeze(dropUndefined(parsed.data)) as Agent;
  return agent;
}

/** Tells what `defineAgent` made, also when made by another copy of this module. */
export function isAgent(value: unknown): value is Agent {
  return typeof value === 'object' && value !== null && marker in value;
}

function describeFaults(definition: unknown, error: z.ZodError): string {
  const id =
    typeof definition === 'object' && definition !== null && 'id' in definition ? definition.id : undefined;
  const faults = error.issues.map((issue) => {
    // What is wrong with a name stands one level deeper.
    const { message } = issue.code === 'invalid_key' ? (issue.issues[0] ?? issue) : issue;
    return `${issue.path.join('.') || 'definition'}: ${message}`;
  });
  return `Invalid agent ${typeof id === 'string' ? `"${id}"` : 'without an id'}: ${faults.join('; ')}`;
}

function dropUndefined(agent: z.output<typeof agentSchema>): object {
  const present = Object.fromEntries(Object.entries(agent).filter(([, value]) => value !== undefined));
  // Not enumerable, so that comparing and printing an agent shows its settings only.
  return Object.defineProperty(present, marker, { value: true });
}

function deepFreeze<Value>(value: Value): Value {
  // A zod schema keeps caches on itself, so it stays as it is.
  if (typeof value !== 'object' || value === null || '_zod' in value) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
