import { type OfflineModel, parseOfflineModel } from '../agent/parse-offline-model.ts';
import { CaluteError } from '../errors.ts';
import type { DirectText } from '../request/direct-request.ts';
import type { ProviderParameter } from '../request/provider-fields.ts';
import type { RunUsage } from '../runs/run-end.ts';
import type { ModelCall, ModelEvent, ModelProvider } from './model-provider.ts';
import { limitTokens } from './offline/limit-tokens.ts';
import { loremWords } from './offline/lorem.ts';
import { lastText, messageText } from './offline/message-text.ts';
import { embedOffline } from './offline/offline-embeddings.ts';
import { pace } from './offline/pace.ts';
import { type PlannedToolCall, planToolCall } from './offline/plan-tool-call.ts';
import { sampleSchema } from './offline/sample-schema.ts';
import { tokenize } from './offline/tokenize.ts';

// The last four ask nothing of a model that makes at most one call, keeps no cache and knows no users.
const accepts: ReadonlySet<ProviderParameter> = new Set([
  'seed',
  'response_format',
  'parallel_tool_calls',
  'user',
  'safety_identifier',
  'prompt_cache_key',
]);

/**
 * Models without a network or a key, whose output depends on the call alone: `echo` says the last user text or tool
 * result again, `lorem` says seeded words, `fail` echoes `after` tokens and then fails with `code`. All take `delayMs`.
 * Throws `provider_not_configured` for an unknown model or option.
 */
export function createOfflineProvider(name: string): ModelProvider {
  const model = parseOfflineModel(name);
  return {
    accepts,
    // What it makes for a schema is valid, or there is no use in asking again.
    enforcesFormat: () => true,
    stream: (call, signal) => streamOffline(model, call, signal),
  };
}

async function* streamOffline(
  model: OfflineModel,
  call: ModelCall,
  signal: AbortSignal,
): AsyncGenerator<readonly ModelEvent[]> {
  signal.throwIfAborted();
  if (model.kind === 'fail') return yield* streamFailure(model, call, signal);
  if (call.direct?.endpoint === 'embeddings') return yield* embedOffline(call.direct, signal);
  if (call.direct !== undefined) return yield* streamOffline(model, toChat(call, call.direct), signal);
  const toolCall = planToolCall(call);
  if (toolCall !== undefined) return yield* streamToolCall(toolCall, { model, call, signal });
  const { tokens, finishReason } = limitTokens(formatAnswer(model, call), call.sampling);
  for await (const text of pace(tokens, model.delayMs, signal)) yield [{ type: 'text-delta', text }];
  yield [{ type: 'model-end', finishReason, usage: countUsage(call, tokens.length) }];
}

/** What the prompt asks of it as a user's message. Tokens say nothing to it. */
function toChat(
  { direct: _, ...call }: ModelCall,
  { prompt, suffix, echo, logprobs }: DirectText,
): ModelCall {
  const [param] =
    Object.entries({ suffix, echo: echo || undefined, logprobs }).find(([, value]) => value !== undefined) ??
    [];
  if (param !== undefined) {
    throw new CaluteError('unsupported_parameter', `Offline models do not know "${param}"; leave it out.`, {
      param,
    });
  }
  const content = typeof prompt === 'string' ? prompt : prompt.join(' ');
  return { ...call, messages: [{ role: 'user', content, name: undefined }] };
}

async function* streamFailure(
  model: OfflineModel & { kind: 'fail' },
  { messages }: ModelCall,
  signal: AbortSignal,
): AsyncGenerator<readonly ModelEvent[]> {
  const words = tokenize(lastText(messages));
  const tokens = Array.from({ length: model.after }, (_, index) => words[index] ?? ` ${index}`);
  for await (const text of pace(tokens, model.delayMs, signal)) yield [{ type: 'text-delta', text }];
  throw new CaluteError(model.code, `offline:fail failed after ${model.after} tokens, as it was told to.`);
}

async function* streamToolCall(
  toolCall: PlannedToolCall,
  { model, call, signal }: { model: OfflineModel; call: ModelCall; signal: AbortSignal },
): AsyncGenerator<readonly ModelEvent[]> {
  const { tokens, finishReason } = limitTokens(toolCall.arguments, {
    maxTokens: call.sampling.maxTokens ?? Infinity,
  });
  yield [{ type: 'tool-call', index: 0, id: toolCall.id, name: toolCall.name }];
  for await (const piece of pace(tokens, model.delayMs, signal)) {
    yield [{ type: 'tool-call-delta', index: 0, arguments: piece }];
  }
  const reason = finishReason === 'length' ? 'length' : 'tool_calls';
  yield [{ type: 'model-end', finishReason: reason, usage: countUsage(call, tokens.length) }];
}

function formatAnswer(model: OfflineModel, call: ModelCall): string {
  const format = call.parameters.response_format;
  const text = model.kind === 'lorem' ? speakLorem(model.tokens, call) : lastText(call.messages);
  if (format === undefined || format.type === 'text') return text;
  const schema = format.type === 'json_schema' ? format.json_schema.schema : undefined;
  return JSON.stringify(schema === undefined ? { echo: text } : sampleSchema(schema, text));
}

function speakLorem(tokens: number, { messages, parameters, choice = 0 }: ModelCall): string {
  return loremWords(JSON.stringify([parameters.seed ?? choice, messages]), tokens);
}

function countUsage({ messages }: ModelCall, completionTokens: number): RunUsage {
  const promptTokens = messages.reduce((sum, message) => sum + tokenize(messageText(message)).length, 0);
  return { promptTokens, completionTokens, cachedTokens: 0, reasoningTokens: 0 };
}
