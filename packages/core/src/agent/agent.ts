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

/** A model with instructions, sampling values, tools, handoffs and limits; immutable. */
export interface Agent {
  /** The `model` that clients ask for. */
  readonly id: string;
  /** `provider:model`: `offline:echo`, `openai:gpt-5-mini`. */
  readonly model: string;
  readonly instructions?: Instructions;
  readonly sampling: Sampling;
  readonly tools: Readonly<Record<string, Tool>>;
  readonly handoffs: readonly string[];
  readonly limits: { readonly maxSteps: number };
}
