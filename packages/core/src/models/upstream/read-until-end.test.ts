import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Grace, readUntilEnd } from './read-until-end.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A body that gives these chunks, then what `after` comes to. */
function createBody(chunks: readonly string[], after: () => Promise<string>) {
  const left = Promise.withResolvers<void>();
  const queue = [...chunks];
  const body: AsyncIterableIterator<string> = {
    [Symbol.asyncIterator]: () => body,
    next: async () => ({ done: false, value: queue.shift() ?? (await after()) }),
    return: async () => {
      left.resolve();
      return { done: true, value: undefined };
    },
  };
  return { body, left: left.promise };
}

/** Reads a body that is over once it has said `last`. */
async function read(
  body: AsyncIterable<string>,
  { signal = new AbortController().signal, said = (): number => 0 } = {},
) {
  const seen: string[] = [];
  const grace = (): Grace | undefined => (seen.includes('last') ? { ms: 100, said: said() } : undefined);
  for await (const chunk of readUntilEnd(body, { grace, signal })) seen.push(chunk);
  return seen;
}

const never = () => new Promise<string>(() => undefined);

describe('a body whose answer is over', () => {
  test('is left when it stays open', async () => {
    const { body, left } = createBody(['first', 'last'], never);
    const reading = read(body);
    await vi.advanceTimersByTimeAsync(100);
    expect(await reading).toEqual(['first', 'last']);
    await left;
  });

  test('is left when it has keep-alives for ever', async () => {
    const { body } = createBody(['last'], () => new Promise((resolve) => setTimeout(resolve, 30, 'ping')));
    const reading = read(body);
    await vi.advanceTimersByTimeAsync(100);
    expect(await reading).toEqual(['last', 'ping', 'ping', 'ping']);
  });

  test('has its time anew when more is said', async () => {
    let said = 0;
    const { body } = createBody(
      ['last'],
      () => new Promise((resolve) => setTimeout(resolve, 80, said++ < 2 ? 'more' : 'ping')),
    );
    const reading = read(body, { said: () => Math.min(said, 2) });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await reading).toEqual(['last', 'more', 'more', 'ping']);
  });

  test('may break', async () => {
    const { body } = createBody(['last'], () => Promise.reject(new Error('cut')));
    expect(await read(body)).toEqual(['last']);
  });

  test('throws the reason of an abort all the same', async () => {
    const reason = new Error('the client left');
    const { body } = createBody(['last'], () => Promise.reject(new Error('cut')));
    await expect(read(body, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('a body whose answer is not over', () => {
  test('may not break', async () => {
    const cut = new Error('cut');
    await expect(read(createBody(['first'], () => Promise.reject(cut)).body)).rejects.toBe(cut);
  });

  test('is left with its reader', async () => {
    const { body, left } = createBody(['first'], never);
    for await (const _ of readUntilEnd(body, {
      grace: () => undefined,
      signal: new AbortController().signal,
    }))
      break;
    await left;
  });
});
