import type { z } from 'zod';

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

/** What a tool gets beside its arguments. */
export interface ToolContext {
  /** Aborts when the run is cancelled, times out or moves to another worker. */
  readonly signal: AbortSignal;
  readonly runId: string;
  /** The same for every try of the same call. */
  readonly callId: string;
}

/** A function that the agent runs itself, in the worker. */
export interface Tool<Parameters extends z.ZodType = z.ZodType> {
  readonly description: string;
  readonly parameters: Parameters;
  execute(args: z.output<Parameters>, context: ToolContext): unknown;
  /** Whether it may run again after a crash. @defaultValue false */
  readonly idempotent?: boolean;
  /** @defaultValue 30_000 */
  readonly timeoutMs?: number;
}

/** What instructions may depend on. */
export interface InstructionsContext {
  readonly runId: string;
  readonly tenant: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly now: Date;
}

export type Instructions = string | ((context: InstructionsContext) => string | Promise<string>);

/** Who is asked when a model's provider fails: another model of the same agent, or another agent in its place. */
export type Fallback = { readonly model: string } | { readonly agent: string };

/** A model with instructions, sampling values, tools, handoffs, fallbacks and limits; immutable. */
export interface Agent {
  /** The `model` that clients ask for. */
  readonly id: string;
  /** What it is for, as agents are told that may hand over to it. */
  readonly description?: string;
  /** `provider:model`: `offline:echo`, `openai:gpt-5-mini`. */
  readonly model: string;
  readonly instructions?: Instructions;
  readonly sampling: Sampling;
  readonly tools: Readonly<Record<string, Tool>>;
  /** The ids of the agents that it may pass the conversation to. */
  readonly handoffs: readonly string[];
  /** In the order in which they are asked. */
  readonly fallback: readonly Fallback[];
  readonly limits: {
    readonly maxSteps: number;
    readonly maxHandoffs: number;
  };
}

/** Gives another agent of the same folder by its id. */
export type FindAgent = (id: string) => Agent | undefined;
