import { expect, test } from 'vitest';
import type { ModelEvent } from '../model-provider.ts';
import { HeldStream } from './held-stream.ts';

const text: readonly ModelEvent[] = [{ type: 'text-delta', text: 'Hi' }];

/** A stream of two pieces, which may fail after them, and how often it was over. */
function open(failure?: Error) {
  const seen = { over: 0, closed: 0 };
  async function* pieces() {
    try {
      yield text;
      yield text;
      if (failure !== undefined) throw failure;
    } finally {
      seen.closed += 1;
    }
  }
  const stream = new HeldStream(pieces(), () => {
    seen.over += 1;
  });
  return { seen, pieces: { [Symbol.asyncIterator]: () => stream } };
}

test('a stream that is read to its end is over once', async () => {
  const { seen, pieces } = open();
  expect(await Array.fromAsync(pieces)).toEqual([text, text]);
  expect(seen).toEqual({ over: 1, closed: 1 });
});

test('a stream that fails is over, and fails its reader', async () => {
  const { seen, pieces } = open(new Error('cut'));
  await expect(Array.fromAsync(pieces)).rejects.toThrow('cut');
  expect(seen).toEqual({ over: 1, closed: 1 });
});

test('a stream that its reader leaves is over and closed', async () => {
  const { seen, pieces } = open();
  for await (const _ of pieces) break;
  expect(seen).toEqual({ over: 1, closed: 1 });
});
