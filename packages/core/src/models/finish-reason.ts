import type { FinishReason } from '../runs/run-end.ts';

/**
 * What the reason that a model gives for the end of its answer means; undefined for one that is no good end. Names of
 * servers other than OpenAI's are known. Source: Hugging Face TGI (eos_token, stop_sequence), LiteLLM, vLLM.
 */
export function toFinishReason(raw: string | undefined, hasToolCalls: boolean): FinishReason | undefined {
  switch (raw?.toLowerCase()) {
    case 'stop':
    case 'tool_calls':
    case 'function_call':
    case 'eos':
    case 'eos_token':
    case 'end_turn':
    case 'stop_sequence':
      // Some upstreams say "stop" after tool calls, and some "tool_calls" without any.
      return hasToolCalls ? 'tool_calls' : 'stop';
    case 'length':
    case 'max_tokens':
      return 'length';
    case 'content_filter':
      return 'content_filter';
    default:
      return undefined;
  }
}
