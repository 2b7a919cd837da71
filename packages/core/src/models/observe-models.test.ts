import { expect, test } from 'vitest';
import { CaluteError } from '../errors.ts';
import type { ModelCall, ModelEvent, ModelProvider } from './model-provider.ts';
import { observeModels, providerOf } from './observe-models.ts';

const usage = { promptTokens: 1, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0 };
const end: ModelEvent = { type: 'model-end', finishReason: 'stop', usage };
const text: ModelEvent = { type: 'text-delta', text: 'a' };
const call: ModelCall = { messages: [], sampling: {}, tools: [], toolChoice: undefined, parameters: {} };

function setup(stream: ModelProvider['stream']) {
  const seen: unknown[] = [];
  const provider: ModelProvider = { accepts: new Set(), stream };
  const observed = observeModels(
    () => provider,
    [
      (model) => ({
        firstEvents: () => void seen.push('first'),
        ended: (how) => void seen.push([model, how]),
      }),
    ],
  );
  return { seen, provider: observed('openai:gpt') };
}

async function read(events: AsyncIterable<readonly ModelEvent[]>): Promise<void> {
  for await (const some of events) if (some.at(-1)?.type === 'model-end') break;
}

test('a call that says how it ended has ended, once', async () => {
  const { seen, provider } = setup(async function* () {
    yield [text];
    yield [text, end];
  });
  await read(provider.stream(call, new AbortController().signal));
  expect(seen).toEqual(['first', ['openai:gpt', { outcome: 'ended', end }]]);
});

test('a failure is told, and thrown as it is', async () => {
  const error = new CaluteError('upstream_cut', 'cut');
  // biome-ignore lint/correctness/useYield: it fails before it says anything
  const { seen, provider } = setup(async function* () {
    throw error;
  });
  await expect(read(provider.stream(call, new AbortController().signal))).rejects.toBe(error);
  expect(seen).toEqual([['openai:gpt', { outcome: 'failed', error }]]);
});

test('a call that is stopped or left has not failed', async () => {
  const stop = new AbortController();
  const { seen, provider } = setup(async function* (_, signal) {
    yield [text];
    stop.abort();
    signal.throwIfAborted();
  });
  await expect(read(provider.stream(call, stop.signal))).rejects.toThrow();
  for await (const _ of provider.stream(call, new AbortController().signal)) break;
  expect(seen).toEqual([
    'first',
    ['openai:gpt', { outcome: 'left' }],
    'first',
    ['openai:gpt', { outcome: 'left' }],
  ]);
});

test('what a call is given reaches the provider', async () => {
  const given: unknown[] = [];
  const { provider } = setup((...args) => {
    given.push(...args);
    return (async function* () {
      yield [end];
    })();
  });
  const { signal } = new AbortController();
  await read(provider.stream(call, signal, { ifPaused: 'leave' }));
  expect(given).toEqual([call, signal, { ifPaused: 'leave' }]);
});

test.each([
  ['openai:gpt-5', 'openai'],
  ['local:a:b', 'local'],
  ['gpt', 'unknown'],
])('the provider of %s is %s', (model, provider) => {
  expect(providerOf(model)).toBe(provider);
});
