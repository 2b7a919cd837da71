import type { ClientTool, CustomTool, ToolChoice } from './client-tool.ts';
import type { Message } from './message.ts';
import type { ProviderFields } from './provider-fields.ts';

/** What one request may tell an agent to do differently, if the agent allows it. */
export interface SamplingFields {
  /** OpenAI's older name of `max_completion_tokens`. */
  readonly max_tokens?: number | undefined;
  readonly max_completion_tokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly top_p?: number | undefined;
  /** -1 switches it off, as in vLLM; 0 does as well. */
  readonly top_k?: number | undefined;
  readonly min_p?: number | undefined;
  readonly stop?: string | readonly string[] | undefined;
  readonly presence_penalty?: number | undefined;
  readonly frequency_penalty?: number | undefined;
  readonly repetition_penalty?: number | undefined;
}
export type SamplingParameter = keyof SamplingFields;

/**
 * What an agent is asked, whatever the wire format. Fields have OpenAI's names, which are the field's, and records keep them
 * so; an absent one is the same as an undefined one.
 */
export interface AgentRequest extends SamplingFields, ProviderFields {
  /** The agent's id. */
  readonly model: string;
  readonly messages: readonly Message[];
  /** Told to the agent's instructions, and to teams. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly tools?: readonly (ClientTool | CustomTool)[] | undefined;
  readonly tool_choice?: ToolChoice | undefined;
  /** How often the agent may call tools of its own. */
  readonly max_tool_calls?: number | undefined;
  /** Whether a conversation that is too long loses its oldest messages. */
  readonly truncation?: 'auto' | 'disabled' | undefined;
  /** How many choices. */
  readonly n?: number | undefined;
}
