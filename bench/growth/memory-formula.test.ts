import { expect, test } from 'vitest';
import type { MemoryCost, MemoryCosts } from './measure-memory.ts';
import { toMemoryFormula } from './memory-formula.ts';

interface Kind {
  readonly promptBytes?: number;
  readonly tokens?: number;
  readonly frames?: number;
}

/** A run's log takes 4,096 bytes at least. */
function costOf({ promptBytes = 100, tokens = 64, frames = 1 }: Kind): MemoryCost {
  const waitingBytes = 700 + 1.1 * promptBytes;
  const endedBytes = 1000 + 1.2 * promptBytes + Math.max(4096, 90 + 8 * tokens + 25 * frames);
  return { runs: 100, promptBytes, tokens, frames, waitingBytes, endedBytes };
}

const costs: MemoryCosts = {
  short: costOf({}),
  longPrompt: costOf({ promptBytes: 4100 }),
  long: costOf({ tokens: 1024, frames: 2 }),
  // A longer answer also comes in more frames, which is told apart from its tokens.
  longer: costOf({ tokens: 4096, frames: 9 }),
  manyFrames: costOf({ tokens: 1024, frames: 700 }),
};

test('the parts are found again from runs that differ in one thing each', () => {
  const { waiting, ended } = toMemoryFormula(costs);
  expect(waiting.fixed).toBeCloseTo(700);
  expect(waiting.perPromptByte).toBeCloseTo(1.1);
  expect(ended.perPromptByte).toBeCloseTo(1.2);
  expect(ended.short).toBeCloseTo(5096);
  expect(ended.long.fixed).toBeCloseTo(1090);
  expect(ended.long.perToken).toBeCloseTo(8);
  expect(ended.long.perFrame).toBeCloseTo(25);
});
