import { describe, expect, test } from 'vitest';
import { type ProviderParameter, providerParameters } from '../request/provider-fields.ts';
import { checkSupported } from './check-supported.ts';
import { parseChatRequest } from './parse-chat-request.ts';

function check(more: object, accepts: readonly ProviderParameter[] = []): void {
  const request = parseChatRequest({ model: 'a', messages: [{ role: 'user', content: 'x' }], ...more });
  checkSupported(request, { id: 'a', accepts });
}

describe('checkSupported', () => {
  test.each([
    {},
    { n: 1 },
    { n: 8 },
    { n: null, seed: null },
    { parallel_tool_calls: true },
    { response_format: { type: 'text' } },
    { logprobs: false },
    { logit_bias: {} },
    { verbosity: 'medium' },
    { service_tier: 'auto' },
    { service_tier: 'default' },
    { service_tier: 'flex' },
    { service_tier: 'priority' },
    { modalities: ['text'] },
    { user: 'u1' },
    { suppress_tokens: [], chat_template_kwargs: {} },
    { store: false },
    { temperature: 0, top_k: 4 },
    { stream: true, stream_options: { include_usage: true } },
  ])('lets %j pass for an agent whose provider accepts nothing', (more) => {
    expect(() => check(more)).not.toThrow();
  });

  test.each<[ProviderParameter, object]>([
    ['parallel_tool_calls', { parallel_tool_calls: false }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['logprobs', { logprobs: true }],
    ['logit_bias', { logit_bias: { 5: 1 } }],
    ['seed', { seed: 0 }],
    ['reasoning_effort', { reasoning_effort: 'low' }],
    ['verbosity', { verbosity: 'low' }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['functions', { functions: [{ name: 'f' }] }],
    ['function_call', { function_call: 'auto' }],
    ['suppress_tokens', { suppress_tokens: [1] }],
    ['chat_template_kwargs', { chat_template_kwargs: { a: 1 } }],
  ])('asks the provider for %s', (param, more) => {
    expect(() => check(more)).toThrow(expect.objectContaining({ code: 'unsupported_parameter', param }));
    expect(() => check(more, [param])).not.toThrow();
  });

  test.each([
    ['tools', { tools: [{ type: 'custom', custom: { name: 'x' } }] }, 'unsupported_parameter'],
    ['tool_choice', { tool_choice: { type: 'custom', custom: { name: 'x' } } }, 'unsupported_parameter'],
    ['stream_options', { stream_options: { include_usage: true } }, 'invalid_request'],
    ['top_logprobs', { top_logprobs: 2 }, 'invalid_request'],
  ])('refuses %s whatever the provider accepts', (param, more, code) => {
    expect(() => check(more, providerParameters)).toThrow(expect.objectContaining({ code, param }));
  });

  test('says what replaces the legacy functions', () => {
    expect(() => check({ functions: [{ name: 'f' }] })).toThrow(/use "tools"/);
  });
});
