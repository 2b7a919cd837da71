import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { mergeInTurn } from './merge-in-turn.ts';

async function* say(...items: readonly string[]): AsyncGenerator<string> {
  yield* items;
}

it('keeps the order of each source, and lets none starve another that is ready too', async () => {
  const merged = await Array.fromAsync(mergeInTurn([say('a1', 'a2', 'a3'), say('b1', 'b2', 'b3'), say()]));
  expect(merged).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
});

it('yields what comes while another source is slow', async () => {
  const slow = Promise.withResolvers<void>();
  async function* waiting() {
    await slow.promise;
    yield 'late';
  }
  const merged = mergeInTurn([waiting(), say('one', 'two')]);
  expect([await merged.next(), await merged.next()]).toMatchObject([{ value: 'one' }, { value: 'two' }]);
  slow.resolve();
  expect(await merged.next()).toMatchObject({ value: 'late' });
  expect(await merged.next()).toMatchObject({ done: true });
});

it('asks a source for more only when what it said was taken: it runs one item ahead and no further', async () => {
  const asked: string[] = [];
  async function* tell(name: string) {
    for (let count = 1; count < 5; count++) {
      asked.push(`${name}${count}`);
      yield `${name}${count}`;
    }
  }
  const merged = mergeInTurn([tell('a'), tell('b')]);
  await merged.next();
  await nextTurn();
  expect(asked).toEqual(['a1', 'b1']);
  await merged.next();
  await nextTurn();
  expect(asked).toEqual(['a1', 'b1', 'a2']);
  await merged.return(undefined);
});

it('throws the first failure although another source never answers, and closes those that can be', async () => {
  const closed: string[] = [];
  async function* open(name: string) {
    try {
      yield name;
    } finally {
      closed.push(name);
    }
  }
  async function* silent() {
    await new Promise(() => undefined);
    yield 'never';
  }
  async function* failing() {
    yield 'half';
    throw new Error('broken');
  }
  const seen: string[] = [];
  const read = async () => {
    for await (const item of mergeInTurn([silent(), failing(), open('other')])) seen.push(item);
  };
  await expect(read()).rejects.toThrow('broken');
  expect(seen).toEqual(['half', 'other']);
  await nextTurn();
  expect(closed).toEqual(['other']);
});

it('closes its sources when its reader stops early', async () => {
  const closed: string[] = [];
  async function* open(name: string) {
    try {
      yield name;
      yield name;
    } finally {
      closed.push(name);
    }
  }
  for await (const item of mergeInTurn([open('a'), open('b')])) if (item === 'a') break;
  await nextTurn();
  expect(closed.toSorted()).toEqual(['a', 'b']);
});
