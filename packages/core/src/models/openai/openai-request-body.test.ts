import { describe, expect, test } from 'vitest';
import { chatChunk } from '../../../../../tests/support/scripted-upstream-chunks.ts';
import { emptyCall, toClient } from '../fake-upstream.ts';
import type { ModelCall } from '../model-provider.ts';
import type { UpstreamFetch } from '../upstream/upstream-fetch.ts';
import { createOpenAiProvider, type OpenAiConfig } from './create-openai-provider.ts';

interface Sent {
  readonly url: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** What the upstream is asked for a call. */
async function sentBy(call: Partial<ModelCall>, config: OpenAiConfig = {}): Promise<Sent> {
  const sent = Promise.withResolvers<Sent>();
  const fetch: UpstreamFetch = async (url, init) => {
    sent.resolve({
      url: String(url),
      headers: new Headers(init?.headers),
      body: JSON.parse(String(init?.body)),
    });
    return new Response(chatChunk({}, 'stop'));
  };
  const provider = createOpenAiProvider('gpt-x', { apiKey: 'sk-test', ...config }, toClient(fetch));
  await Array.fromAsync(provider.stream({ ...emptyCall, ...call }, new AbortController().signal));
  return sent.promise;
}

describe('the request', () => {
  test('goes to the base URL with the key, and asks for a stream with usage', async () => {
    const { url, headers, body } = await sentBy({}, { baseUrl: 'http://up.test:1234/v1' });
    expect(url).toBe('http://up.test:1234/v1/chat/completions');
    expect(headers.get('authorization')).toBe('Bearer sk-test');
    expect(body).toEqual({
      model: 'gpt-x',
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: 'user', content: 'hi' }],
    });
  });

  test('needs no key', async () => {
    const { headers } = await sentBy({}, { baseUrl: 'http://up.test/v1', apiKey: undefined });
    expect(headers.has('authorization')).toBe(false);
  });

  test('carries every sampling value, zero included', async () => {
    const sampling = {
      maxTokens: 5,
      temperature: 0,
      topP: 0,
      topK: 0,
      minP: 0,
      stop: ['END'],
      presencePenalty: 0,
      frequencyPenalty: -1,
      repetitionPenalty: 1.1,
    };
    expect((await sentBy({ sampling }, { baseUrl: 'http://up.test/v1' })).body).toMatchObject({
      max_tokens: 5,
      temperature: 0,
      top_p: 0,
      top_k: 0,
      min_p: 0,
      stop: ['END'],
      presence_penalty: 0,
      frequency_penalty: -1,
      repetition_penalty: 1.1,
    });
    const { body } = await sentBy({ sampling });
    expect(body).toMatchObject({ max_completion_tokens: 5 });
    expect(body).not.toHaveProperty('max_tokens');
  });

  test('carries every accepted parameter as it came', async () => {
    const parameters: ModelCall['parameters'] = {
      parallel_tool_calls: false,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'n', schema: { type: 'object' }, strict: false, description: undefined },
      },
      logprobs: true,
      top_logprobs: 0,
      logit_bias: { 50256: -100 },
      seed: 0,
      reasoning_effort: 'low',
      verbosity: 'high',
      service_tier: 'flex',
      prediction: { type: 'content', content: 'x' },
      user: 'u',
      safety_identifier: 's',
      prompt_cache_key: 'k',
      suppress_tokens: [1],
      chat_template_kwargs: { enable_thinking: false },
    };
    const tools = [{ type: 'function' as const, function: { name: 'f' } }];
    const { body } = await sentBy({ parameters, tools });
    expect(body).toMatchObject(JSON.parse(JSON.stringify(parameters)));
    expect(createOpenAiProvider('x', {}, toClient(fetch)).accepts).toEqual(new Set(Object.keys(parameters)));
  });

  test('carries tools with strict and the choice among them', async () => {
    const parameters = { type: 'object', properties: { a: { type: 'string' } } };
    const tools: ModelCall['tools'] = [
      { type: 'function', function: { name: 'f', description: 'F', parameters, strict: true } },
      { type: 'function', function: { name: 'g' } },
    ];
    const [f, g] = [
      tools[0],
      { type: 'function', function: { name: 'g', parameters: { type: 'object', properties: {} } } },
    ];
    expect((await sentBy({ tools })).body).toMatchObject({ tools: [f, g] });
    expect((await sentBy({ tools, toolChoice: 'required' })).body).toMatchObject({
      tools: [f, g],
      tool_choice: 'required',
    });
    const named = { type: 'function' as const, function: { name: 'g' } };
    expect((await sentBy({ tools, toolChoice: named })).body).toMatchObject({
      tools: [f, g],
      tool_choice: named,
    });
    const allowed_tools = { mode: 'auto' as const, tools: [{ type: 'function', function: { name: 'g' } }] };
    const { body } = await sentBy({ tools, toolChoice: { type: 'allowed_tools', allowed_tools } });
    expect([body['tools'], body['tool_choice']]).toEqual([[g], 'auto']);
  });
});
