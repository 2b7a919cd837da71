import { expect, test } from 'vitest';
import { createRetirement } from './retirement.ts';

function setup() {
  const did: string[] = [];
  const idle = Promise.withResolvers<void>();
  const note = (what: string) => async () => void did.push(what);
  const retirement = createRetirement({
    consumer: { pause: note('pause'), resume: note('resume'), idle: () => idle.promise },
    announcer: { start: note('announce'), withdraw: note('withdraw') },
    setRoom: async (isOpen) => void did.push(isOpen ? 'room' : 'no room'),
    closeMs: 1000,
  });
  return { did, retirement, finishRuns: () => idle.resolve() };
}

test('a retired worker takes nothing, is not announced, and is idle when its runs are done', async () => {
  const { did, retirement, finishRuns } = setup();
  const retired = retirement.retire();
  expect(retirement.isRetired).toBe(true);
  finishRuns();
  expect(await retired).toBe('idle');
  expect(did).toEqual(['pause', 'no room', 'withdraw']);
});

test('one that is needed again announces itself, takes runs, and does not end', async () => {
  const { did, retirement, finishRuns } = setup();
  const retired = retirement.retire();
  await new Promise(setImmediate);
  await retirement.recall();
  finishRuns();
  expect(await retired).toBe('recalled');
  expect(retirement.isRetired).toBe(false);
  expect(did.slice(3)).toEqual(['room', 'resume', 'announce']);
});

test('one that is retired, called back and retired again ends once', async () => {
  const { retirement, finishRuns } = setup();
  const first = retirement.retire();
  const recalled = retirement.recall();
  const second = retirement.retire();
  finishRuns();
  expect(await Promise.all([first, second, recalled])).toEqual(['recalled', 'idle', undefined]);
  expect(retirement.isRetired).toBe(true);
});

test('calling back a worker that serves changes nothing', async () => {
  const { did, retirement } = setup();
  await retirement.recall();
  expect(did).toEqual([]);
});
