import { expect, it } from 'vitest';
import { retryCalls } from './retry-calls.ts';

interface Script {
  /** How often the attempt fails before it gives `done`. */
  readonly failures: number;
  readonly retries: number;
  readonly signal?: AbortSignal;
  readonly onWait?: () => void;
}

/** Waits nowhere, but notes how long it would have. */
function run({ failures, retries, signal = new AbortController().signal, onWait }: Script) {
  const waits: number[] = [];
  let tries = 0;
  const result = retryCalls(
    async () => {
      tries += 1;
      if (tries <= failures) throw new Error(`failure ${tries}`);
      return 'done';
    },
    {
      retries,
      signal,
      wait: async (ms, waiting) => {
        waits.push(ms);
        onWait?.();
        waiting.throwIfAborted();
      },
      random: () => 0.5,
    },
  );
  return { result, waits, tries: () => tries };
}

it('tries once when that goes well, or when nothing more is allowed', async () => {
  const good = run({ failures: 0, retries: 3 });
  expect([await good.result, good.tries(), good.waits]).toEqual(['done', 1, []]);
  const bad = run({ failures: 1, retries: 0 });
  await expect(bad.result).rejects.toThrow('failure 1');
  expect([bad.tries(), bad.waits]).toEqual([1, []]);
});

it('tries again with growing waits of random length, and gives the first success', async () => {
  const { result, waits, tries } = run({ failures: 3, retries: 3 });
  expect(await result).toBe('done');
  expect(tries()).toBe(4);
  expect(waits).toEqual([125, 250, 500]);
});

it('throws the last failure when all tries are used up', async () => {
  const { result, tries } = run({ failures: 9, retries: 2 });
  await expect(result).rejects.toThrow('failure 3');
  expect(tries()).toBe(3);
});

it('does not wait for long, however often it tries', async () => {
  const { result, waits } = run({ failures: 10, retries: 10 });
  await result;
  expect(Math.max(...waits)).toBe(2000);
});

it('throws the reason of an abort, and does not try again after it', async () => {
  const controller = new AbortController();
  const reason = new Error('cancelled');
  const { result, tries } = run({
    failures: 5,
    retries: 5,
    signal: controller.signal,
    onWait: () => controller.abort(reason),
  });
  await expect(result).rejects.toBe(reason);
  expect(tries()).toBe(1);

  const before = run({ failures: 5, retries: 5, signal: AbortSignal.abort(reason) });
  await expect(before.result).rejects.toBe(reason);
  expect([before.tries(), before.waits]).toEqual([1, []]);
});
