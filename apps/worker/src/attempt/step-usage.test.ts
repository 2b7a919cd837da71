import { expect, it } from 'vitest';
import { createStepUsage } from './step-usage.ts';

const usage = (completionTokens: number) => ({
  promptTokens: 0,
  completionTokens,
  cachedTokens: 0,
  reasoningTokens: 0,
});
const step = (completionTokens: number) => ({ text: '', calls: [], usage: usage(completionTokens) });
const end = (completionTokens: number) => ({
  reason: 'completed' as const,
  finishReason: 'stop' as const,
  usage: usage(completionTokens),
  processingMs: 1,
});

it('counts the steps of every choice once, those of earlier attempts and of finished choices included', () => {
  const used = createStepUsage([
    { steps: [{ ...step(1), results: [] }], hasLooseEnd: false },
    { steps: [{ ...step(10), results: [] }], hasLooseEnd: false, end: end(30) },
  ]);
  used.add({ type: 'step-calls', ...step(2) });
  used.add({ type: 'step-calls', ...step(100), choice: 2 });
  used.add({ type: 'choice-end', end: end(300), choice: 2 });
  expect(used.list().map(({ completionTokens }) => completionTokens)).toEqual([1, 2, 30, 300]);
});
