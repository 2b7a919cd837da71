import type { FinishReason } from '../runs/run-end.ts';

/** `overloaded`: the provider broke off for want of capacity; `failed`: it broke off for another reason. */
type Meaning = 'stop' | 'length' | 'content_filter' | 'overloaded' | 'failed';

/**
 * What the reasons mean that providers give for the end of an answer, by their names in lower case with `_`. Sources:
 * OpenAI, Anthropic, Gemini, Mistral, DeepSeek, Zhipu, Cohere, Bedrock, Hugging Face TGI, Ollama, vLLM, SGLang, OpenRouter.
 */
const meanings: Readonly<Record<string, Meaning>> = {
  stop: 'stop',
  stopped: 'stop',
  stop_sequence: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  end: 'stop',
  end_turn: 'stop',
  endoftext: 'stop',
  end_of_text: 'stop',
  complete: 'stop',
  completed: 'stop',
  done: 'stop',
  finish: 'stop',
  finished: 'stop',
  success: 'stop',
  tool_call: 'stop',
  tool_calls: 'stop',
  tool_use: 'stop',
  function_call: 'stop',
  length: 'length',
  max_length: 'length',
  max_tokens: 'length',
  max_new_tokens: 'length',
  max_output_tokens: 'length',
  model_length: 'length',
  token_limit: 'length',
  context_length: 'length',
  context_length_exceeded: 'length',
  context_window_exceeded: 'length',
  model_context_window_exceeded: 'length',
  content_filter: 'content_filter',
  content_filtered: 'content_filter',
  safety: 'content_filter',
  image_safety: 'content_filter',
  sensitive: 'content_filter',
  refusal: 'content_filter',
  recitation: 'content_filter',
  blocklist: 'content_filter',
  prohibited_content: 'content_filter',
  spii: 'content_filter',
  moderation: 'content_filter',
  guardrail_intervened: 'content_filter',
  insufficient_system_resource: 'overloaded',
  overloaded: 'overloaded',
  error: 'failed',
  network_error: 'failed',
  abort: 'failed',
  aborted: 'failed',
  cancelled: 'failed',
  timeout: 'failed',
  malformed_function_call: 'failed',
};

/** How an answer ended; undefined for one that is no good end, which a name that nobody knows is as well. */
export function toFinishReason(raw: string | undefined, hasToolCalls: boolean): FinishReason | undefined {
  const meaning = findMeaning(raw);
  if (meaning === 'overloaded' || meaning === 'failed') return undefined;
  // Some upstreams say "stop" after tool calls, and some "tool_calls" without any.
  return meaning === 'stop' && hasToolCalls ? 'tool_calls' : meaning;
}

/** Whether the provider broke off because it had too much to do. */
export function isOverloadReason(raw: string | undefined): boolean {
  return findMeaning(raw) === 'overloaded';
}

/** The reason as the provider gives it; undefined for what says that the answer goes on. */
export function readFinishReason(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value !== 'null' ? value : undefined;
}

/** Some send the name of an enumeration's value: `FinishReason.STOP`. */
function findMeaning(raw = ''): Meaning | undefined {
  const name = raw
    .toLowerCase()
    .replaceAll(/[-\s]/g, '_')
    .replace(/^finish_?reason[._]/, '');
  return Object.hasOwn(meanings, name) ? meanings[name] : undefined;
}
