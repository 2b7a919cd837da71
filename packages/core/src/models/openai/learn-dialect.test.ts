import { describe, expect, test } from 'vitest';
import type { Message } from '../../request/message.ts';
import { emptyCall, toClient } from '../fake-upstream.ts';
import type { ModelCall } from '../model-provider.ts';
import { createOpenAiProvider } from './create-openai-provider.ts';

type Body = Readonly<Record<string, unknown>> & { readonly messages: readonly { readonly role: string }[] };

/** A server that refuses what `refuse` finds a text for, and takes anything else; and all that it was asked. */
function strictServer(refuse: (body: Body) => string | undefined, status = 400) {
  const asked: Body[] = [];
  const upstream = toClient(async (_url, init) => {
    const body: Body = JSON.parse(String(init?.body));
    asked.push(body);
    const refusal = refuse(body);
    if (refusal !== undefined) return new Response(refusal, { status });
    return new Response('data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n');
  });
  const provider = createOpenAiProvider('m', { baseUrl: 'https://vllm.test/v1' }, upstream);
  const ask = async (call: Partial<ModelCall>) =>
    (await Array.fromAsync(provider.stream({ ...emptyCall, ...call }, new AbortController().signal))).flat();
  return { asked, ask };
}

const maxTokens = { sampling: { maxTokens: 5 } };
const said = expect.arrayContaining([{ type: 'text-delta', text: 'Hi' }]);

describe('a server that refuses our way of asking', () => {
  test('is asked without stream_options, from then on', async () => {
    const { ask, asked } = strictServer(
      (body) =>
        'stream_options' in body ? '{"message":{"detail":[{"loc":["body","stream_options"]}]}}' : undefined,
      422,
    );
    expect(await ask({})).toEqual(said);
    expect(await ask({})).toEqual(said);
    expect(asked.map((body) => 'stream_options' in body)).toEqual([true, false, false]);
  });

  test('is asked with the other name for the token limit, from then on', async () => {
    const { ask, asked } = strictServer((body) =>
      'max_tokens' in body
        ? "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        : undefined,
    );
    expect(await ask(maxTokens)).toEqual(said);
    expect(await ask(maxTokens)).toEqual(said);
    expect(asked.map((body) => body['max_completion_tokens'])).toEqual([undefined, 5, 5]);
  });

  test('is given later system messages as a user’s', async () => {
    const { ask, asked } = strictServer(({ messages }) =>
      messages.some(({ role }, index) => role === 'system' && index > 0)
        ? 'System message must be at the beginning.'
        : undefined,
    );
    const messages: Message[] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
      { role: 'system', content: 'Now in French.' },
    ];
    expect(await ask({ messages })).toEqual(said);
    expect(asked.at(-1)?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
      { role: 'user', content: '<system>\nNow in French.\n</system>' },
    ]);
  });

  test('gets back only the fields that it takes', async () => {
    const { ask, asked } = strictServer(({ messages }) => {
      const foreign = messages
        .flatMap((message) => Object.keys(message))
        .find((name) => name.startsWith('reasoning'));
      return foreign && `property '${foreign}' is unsupported`;
    });
    const thought: Message = { role: 'assistant', content: 'x', reasoning: 'Hmm', reasoning_content: 'Hmm' };
    const messages: Message[] = [{ role: 'user', content: 'hi' }, thought];
    expect(await ask({ messages })).toEqual(said);
    expect(asked).toHaveLength(3);
    expect(asked.at(-1)?.messages).toEqual([
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'x' },
    ]);
  });

  test('has taught nothing when it refuses what was changed as well, as when it repeats the request', async () => {
    let isDown = true;
    const { ask, asked } = strictServer(
      (body) => (isDown ? `bad input: ${JSON.stringify(body)}` : undefined),
      422,
    );
    await expect(ask({})).rejects.toMatchObject({ code: 'invalid_request' });
    isDown = false;
    expect(await ask({})).toEqual(said);
    expect(asked.at(-1)).toHaveProperty('stream_options');
  });

  test('is not asked again when it misses a field', async () => {
    const { ask, asked } = strictServer(
      () => 'reasoning_content must be passed back; it is not allowed to be empty',
    );
    const messages: Message[] = [{ role: 'assistant', content: 'x', reasoning_content: 'Hmm' }];
    await expect(ask({ messages })).rejects.toMatchObject({ code: 'invalid_request' });
    expect(asked).toHaveLength(1);
  });

  test('may refuse several things at once', async () => {
    const { ask, asked } = strictServer((body) => {
      if ('stream_options' in body) return 'unknown field stream_options';
      return 'max_tokens' in body ? 'unknown field max_tokens' : undefined;
    });
    expect(await ask(maxTokens)).toEqual(said);
    expect(asked).toHaveLength(3);
  });

  test.each([
    ['a limit that is too large', 'max_tokens is too large: 5. This model supports at most 4 tokens.', 1],
    ['both names of the limit', 'max_tokens and max_completion_tokens are not supported', 2],
    ['something else', 'The model is not here.', 1],
  ])('fails for %s', async (_what, refusal, times) => {
    const { ask, asked } = strictServer(() => refusal);
    await expect(ask(maxTokens)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(asked).toHaveLength(times);
  });
});
