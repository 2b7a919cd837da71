import type { ToolCall } from '../../request/message.ts';
import type { Compaction, FinishReason } from '../../runs/run-end.ts';
import type { Usage } from '../encode-usage.ts';

export interface CompletionChoice {
  readonly index: number;
  readonly message: {
    readonly role: 'assistant';
    readonly content: string | null;
    readonly refusal: null;
    readonly reasoning?: string;
    readonly reasoning_content?: string;
    readonly tool_calls?: readonly ToolCall[];
    /** What the provider wants back with the next request, as it came. */
    readonly reasoning_details?: unknown;
    readonly thinking_blocks?: unknown;
    readonly extra_content?: unknown;
    readonly provider_specific_fields?: unknown;
  };
  readonly finish_reason: FinishReason;
  readonly logprobs: { readonly content: readonly unknown[] } | null;
}

/** The answer of a non-streaming completion. */
export interface ChatCompletion {
  readonly id: string;
  readonly object: 'chat.completion';
  /** Unix seconds. */
  readonly created: number;
  readonly model: string;
  /** As many as the request asked for, by their index. */
  readonly choices: readonly [CompletionChoice, ...CompletionChoice[]];
  readonly usage: Usage;
  readonly service_tier?: string;
  readonly calute?: CompletionNote;
}

/** What Calute adds to a completion, and to the last chunk of a choice, when there is something to say. */
export interface CompletionNote {
  /** Who gave the answer, when it is not the agent that was asked for. */
  readonly agent?: string;
  readonly context?: Compaction;
  /** What each agent of a team has used. */
  readonly members?: readonly MemberNote[];
}

export interface MemberNote {
  readonly agent: string;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}
