import type { z } from 'zod';
import type { Endpoint } from '../request/direct-request.ts';
import type { Limits, Prices } from './limits.ts';
import type { Team } from './team.ts';
import type { ToolServer } from './tool-server.ts';

/** Values that steer the model's choice of tokens; absent means the provider's default. */
export interface Sampling {
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly stop?: readonly string[];
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly repetitionPenalty?: number;
}

/** Which sampling values requests may change: all, none, or these. */
export type Overrides = boolean | readonly (keyof Sampling)[];

/** What a tool gets beside its arguments. */
export interface ToolContext {
  /** Aborts when the run is cancelled, times out or moves to another worker. */
  readonly signal: AbortSignal;
  readonly runId: string;
  /** The same for every try of the same call; no other call of the run has it. */
  readonly callId: string;
}

/** A function that the agent runs itself, in the worker. */
export interface Tool<Parameters extends z.ZodType = z.ZodType> {
  readonly description: string;
  readonly parameters: Parameters;
  execute(args: z.output<Parameters>, context: ToolContext): unknown;
  /** Whether it may run again after a crash. @defaultValue false */
  readonly idempotent?: boolean;
  /** Of one try. @defaultValue the agent's `toolDefaults`, else 30_000 */
  readonly timeoutMs?: number;
  /** Further tries after it has thrown or timed out, when it is idempotent. @defaultValue the agent's `toolDefaults`, else 0 */
  readonly retries?: number;
  /** A longer result goes to the model as an error that says so. @defaultValue 65_536 */
  readonly maxResultBytes?: number;
}

/** What counts for all tools of an agent that do not say otherwise. */
export interface ToolDefaults {
  readonly timeoutMs?: number;
  /** For those that are idempotent. */
  readonly retries?: number;
}

/** A tool of an MCP server, which checks the arguments itself: they are only known to be a JSON object here. */
export interface ServerTool {
  readonly description: string;
  /** JSON Schema, as the server gave it. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  execute(args: unknown, context: ToolContext): Promise<string>;
  readonly idempotent: boolean;
  readonly timeoutMs: number;
  /** As for a tool of the agent's own. */
  readonly retries?: number;
  readonly maxResultBytes?: number;
}

/** What the worker runs when a model calls it. */
export type OwnTool = Tool | ServerTool;

/** What instructions may depend on. */
export interface InstructionsContext {
  readonly runId: string;
  readonly tenant: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly now: Date;
}

export type Instructions = string | ((context: InstructionsContext) => string | Promise<string>);

/** What happens before a call of the model that is longer than `maxTokens`, by estimate and with tools. */
export type ContextPolicy =
  | { readonly maxTokens: number; readonly strategy: 'refuse' }
  | { readonly maxTokens: number; readonly strategy: 'sliding-window' }
  | {
      readonly maxTokens: number;
      readonly strategy: 'summarise';
      /** How many of the newest messages stay as they are. @defaultValue 8 */
      readonly keepLast: number;
      /** `provider:model`. @defaultValue the agent's own */
      readonly summaryModel?: string;
    };

/** Who is asked when a model's provider fails: another model of the same agent, or another agent in its place. */
export type Fallback = { readonly model: string } | { readonly agent: string };

export type Rules =
  | readonly string[]
  | ((context: InstructionsContext) => readonly string[] | Promise<readonly string[]>);

/** A turn that shows the model how to answer. */
export interface Example {
  readonly user: string;
  readonly assistant: string;
}

/** A model with instructions, sampling values, tools, handoffs, fallbacks and limits; immutable. */
export interface Agent {
  /** The `model` that clients ask for. */
  readonly id: string;
  /** What it is for, as agents are told that may hand over to it. */
  readonly description?: string;
  /** `provider:model`: `offline:echo`, `openai:gpt-5-mini`. */
  readonly model: string;
  /** What clients may ask it for. Absent: chats. */
  readonly serves?: readonly Endpoint[];
  readonly instructions?: Instructions;
  readonly rules?: Rules;
  readonly examples?: readonly Example[];
  readonly sampling: Sampling;
  /** Absent: what the worker says of all agents. */
  readonly allowOverrides?: Overrides;
  /** Its own; in a run, those of its MCP servers as well. */
  readonly tools: Readonly<Record<string, OwnTool>>;
  /** MCP servers by name. */
  readonly mcp?: Readonly<Record<string, ToolServer>>;
  readonly toolDefaults?: ToolDefaults;
  /** Whether the calls of one step run side by side. @defaultValue true */
  readonly parallelTools?: boolean;
  /** The ids of the agents that it may pass the conversation to. */
  readonly handoffs: readonly string[];
  readonly context?: ContextPolicy;
  /** In the order in which they are asked. */
  readonly fallback: readonly Fallback[];
  readonly limits: Limits;
  readonly prices?: Prices;
  /** Set for a team: the agent then leads, and its members do the work. */
  readonly team?: Team;
}

/** Gives another agent of the same folder by its id. */
export type FindAgent = (id: string) => Agent | undefined;
