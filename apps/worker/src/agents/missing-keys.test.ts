import { defineAgent } from '@calute/core/agent/define-agent';
import { createResolveModel } from '@calute/core/models/resolve-model';
import { expect, onTestFinished, test } from 'vitest';
import { askableFirst, findMissingKeys } from './missing-keys.ts';

const agents = [
  defineAgent({ id: 'writer', model: 'openai:gpt', fallback: [{ model: 'anthropic:claude' }] }),
  defineAgent({
    id: 'reader',
    model: 'offline:echo',
    context: { maxTokens: 1000, strategy: 'summarise', keepLast: 1, summaryModel: 'google:gemini' },
  }),
  defineAgent({ id: 'echo', model: 'offline:echo' }),
];

test('each agent is named with the model that cannot be asked and what it needs', () => {
  expect(findMissingKeys(agents, resolve({}))).toEqual([
    {
      agent: 'writer',
      model: 'openai:gpt',
      needs: 'OPENAI_API_KEY, or OPENAI_BASE_URL of a server that wants no key',
    },
    { agent: 'writer', model: 'anthropic:claude', needs: 'ANTHROPIC_API_KEY' },
    { agent: 'reader', model: 'google:gemini', needs: 'GOOGLE_GENERATIVE_AI_API_KEY' },
  ]);
});

test('with all keys there is nothing to say', () => {
  const all = resolve({ openai: { apiKey: 'x' }, anthropic: { apiKey: 'x' }, google: { apiKey: 'x' } });
  expect(findMissingKeys(agents, all)).toEqual([]);
});

test('a provider of a name of its own has what it needs', () => {
  const [agent, named] = [
    defineAgent({ id: 'own', model: 'vllm:m' }),
    { vllm: { baseUrl: 'http://127.0.0.1:9/v1' } },
  ];
  expect(findMissingKeys([agent], resolve({ named }))).toEqual([]);
  expect(askableFirst([agent, ...agents], resolve({ named }))).toEqual(['reader', 'echo', 'own', 'writer']);
});

test('agents without a provider come first, then those whose own model can be asked', () => {
  const more = [defineAgent({ id: 'poet', model: 'google:gemini' }), ...agents];
  expect(askableFirst(more, resolve({}))).toEqual(['reader', 'echo', 'poet', 'writer']);
  const vectors = defineAgent({ id: 'vectors', model: 'offline:echo', serves: ['embeddings'] });
  expect(askableFirst([vectors, ...more], resolve({})).at(-1)).toBe('vectors');
  expect(askableFirst(more, resolve({ openai: { apiKey: 'x' } }))).toEqual([
    'reader',
    'echo',
    'writer',
    'poet',
  ]);
});

function resolve(config: Partial<Parameters<typeof createResolveModel>[0]>) {
  const resolveModel = createResolveModel({ openai: {}, ...config });
  onTestFinished(() => resolveModel[Symbol.asyncDispose]());
  return resolveModel;
}
