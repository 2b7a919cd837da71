import type { z } from 'zod';
import type { Endpoint } from '../request/direct-request.ts';
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
import { readDefinition } from './read-definition.ts';
import type { ToolServer } from './tool-server.ts';

/** What an agent file says; `id` and `model` are required. */
export interface AgentDefinition<Parameters extends Readonly<Record<string, z.ZodType>>> {
  /** The `model` that clients ask for. */
  readonly id: string;
  /** What it is for, as agents are told that may hand over to it. */
  readonly description?: string;
  /** `provider:model`: `openai:gpt-5-mini`; `offline:echo` needs nothing. */
  readonly model: string;
  /**
   * What clients may ask it for: conversations (`chat`), `/v1/completions`, `/v1/embeddings`. The last two go to the model as
   * they are, which has to know them. @defaultValue ['chat']
   */
  readonly serves?: readonly Endpoint[];
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

/**
 * Makes a frozen {@link Agent}; the arguments of each tool's `execute` are inferred from its `parameters`.
 * Throws one error that names every bad field.
 */
export function defineAgent<
  const Parameters extends Readonly<Record<string, z.ZodType>> = Record<never, never>,
>(definition: AgentDefinition<Parameters>): Agent {
  return readDefinition('agent', agentSchema, definition);
}
