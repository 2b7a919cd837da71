import { CaluteError } from '../../errors.ts';
import { type ChatRequest, chatRequestSchema } from '../../protocol/chat-request.ts';
import { parseWith } from '../../protocol/parse-with.ts';
import type { ResponseRequest } from '../../protocol/responses/response-request.ts';
import type { Message } from '../../request/message.ts';
import type { ProviderParameter } from '../../request/provider-fields.ts';
import { type ToolName, toFunctions, toModelName } from './client-tools.ts';

/** Which agent is asked, as far as that matters here. */
interface AskedAgent {
  readonly id: string;
  readonly accepts: readonly ProviderParameter[];
}

/** Any message: the real ones are right by how they were made, and there may be more of them than one request may bring. */
const placeholder: Message = { role: 'user', content: '' };

/**
 * What a worker runs for a Response. `instructions` come before the conversation and are not carried over to the next one. Keys
 * that only hint (`prompt_cache_key`, `safety_identifier`) reach a provider that takes them.
 */
export function toChatRequest(
  request: ResponseRequest,
  conversation: readonly Message[],
  agent: AskedAgent,
): ChatRequest {
  const { instructions } = request;
  const messages: Message[] = [
    ...(instructions === undefined ? [] : [{ role: 'system' as const, content: instructions }]),
    ...conversation,
  ];
  if (conversation.length === 0) {
    const message = 'There is nothing to answer: send "input", or go on from a response or conversation.';
    throw new CaluteError('invalid_request', message, { param: 'input' });
  }
  const fields = { ...toFields(request), ...toHints(request, agent), model: agent.id };
  return { ...parseWith(chatRequestSchema, { ...fields, messages: [placeholder] }), messages };
}

function toFields(request: ResponseRequest): Record<string, unknown> {
  const asksForLogprobs = request.include?.includes('message.output_text.logprobs') === true;
  const logprobs = asksForLogprobs || (request.top_logprobs ?? 0) > 0;
  return {
    // A run in the background may be streamed later.
    stream: request.stream === true || request.background === true,
    tools: request.tools && toFunctions(request.tools),
    tool_choice: toToolChoice(request.tool_choice),
    parallel_tool_calls: request.parallel_tool_calls,
    max_tool_calls: request.max_tool_calls,
    truncation: request.truncation,
    response_format: toResponseFormat(request.text?.format),
    verbosity: request.text?.verbosity,
    reasoning_effort: request.reasoning?.effort,
    max_completion_tokens: request.max_output_tokens,
    temperature: request.temperature,
    top_p: request.top_p,
    presence_penalty: request.presence_penalty,
    frequency_penalty: request.frequency_penalty,
    ...(logprobs ? { logprobs, top_logprobs: request.top_logprobs } : {}),
    metadata: request.metadata,
    service_tier: request.service_tier,
    user: request.user,
  };
}

function toHints(request: ResponseRequest, { accepts }: AskedAgent): Record<string, unknown> {
  const hints = ['prompt_cache_key', 'safety_identifier'] as const;
  return Object.fromEntries(
    hints.filter((name) => accepts.includes(name)).map((name) => [name, request[name]]),
  );
}

function toToolChoice(choice: ResponseRequest['tool_choice']): unknown {
  if (typeof choice !== 'object') return choice;
  const toFunction = (tool: ToolName) => ({ type: 'function', function: { name: toModelName(tool) } });
  if (choice.type !== 'allowed_tools') return toFunction(choice);
  const tools = choice.tools.map(toFunction);
  return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools } };
}

function toResponseFormat(format: NonNullable<ResponseRequest['text']>['format']): unknown {
  if (format?.type !== 'json_schema') return format;
  const { type, ...schema } = format;
  return { type, json_schema: schema };
}
