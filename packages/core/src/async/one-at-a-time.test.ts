import { expect, test } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

test('what is asked for during a run is done once more after it, and never at the same time', async () => {
  const gates: PromiseWithResolvers<void>[] = [];
  let running = 0;
  const ask = oneAtATime(async () => {
    running += 1;
    expect(running).toBe(1);
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    running -= 1;
  });
  const all = Promise.all([ask(), ask(), ask()]);
  expect(gates).toHaveLength(1);
  gates[0]?.resolve();
  await expect.poll(() => gates.length).toBe(2);
  gates[1]?.resolve();
  await all;
  expect(gates).toHaveLength(2);
  void ask();
  expect(gates).toHaveLength(3);
});
