import { expect, test } from 'vitest';
import { wait } from '../../async/wait.ts';
import type { ModelEvent, ModelProvider } from '../model-provider.ts';
import { createPacing } from './create-pacing.ts';
import { createMemoryProviderState } from './memory-provider-state.ts';
import { ProviderPaused } from './provider-paused.ts';
import { call, end, limited, text } from './testing/paced-models.ts';

/** Workers whose calls are open until the test lets them go. A wait ends only when it is woken, unless it is given a time. */
function open({ maxConcurrency = 0, waitMs = 1_000_000, providerWaitMs = 1_000_000 } = {}) {
  const state = createMemoryProviderState(performance.now.bind(performance));
  const seen = { open: 0, most: 0 };
  const gates: PromiseWithResolvers<void>[] = [];
  const refusals: unknown[] = [];
  const provider: ModelProvider = {
    accepts: new Set(),
    async *stream() {
      const refusal = refusals.shift();
      if (refusal !== undefined) throw refusal;
      seen.open += 1;
      seen.most = Math.max(seen.most, seen.open);
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      yield [text];
      await gate.promise;
      seen.open -= 1;
      yield [end];
    },
  };
  const addWorker = (worker: string) => {
    const config = {
      state,
      worker,
      providerWaitMs,
      onError: (error: unknown) => expect.unreachable(`${error}`),
    };
    const pacing = createPacing(config, {
      now: performance.now.bind(performance),
      clock: Date.now,
      random: () => 0,
      wait: (_, signal) => wait(waitMs, signal),
    });
    const { stream } = pacing.pace(provider, { provider: 'openai', host: 'up', model: 'm', maxConcurrency });
    const run = (ifPaused: 'wait' | 'leave' = 'wait'): Promise<(readonly ModelEvent[])[]> =>
      Array.fromAsync(stream(call, new AbortController().signal, { ifPaused }));
    return { run, [Symbol.asyncDispose]: () => pacing[Symbol.asyncDispose]() };
  };
  return { state, seen, gates, refusals, addWorker };
}

test('as many calls are open as the cap allows, and the end of each lets the next of the line in', async () => {
  const { seen, gates, addWorker } = open({ maxConcurrency: 2 });
  await using worker = addWorker('w1');
  const runs = Array.from({ length: 6 }, () => worker.run());
  for (let done = 0; done < 6; done++) {
    await expect.poll(() => gates.length).toBe(Math.min(6, done + 2));
    gates[done]?.resolve();
  }
  for (const events of await Promise.all(runs)) expect(events.flat()).toEqual([text, end]);
  expect(seen).toEqual({ open: 0, most: 2 });
});

test('the cap holds over all workers', async () => {
  const { seen, gates, addWorker } = open({ maxConcurrency: 1, waitMs: 5 });
  await using one = addWorker('w1');
  await using two = addWorker('w2');
  const runs = [one.run(), two.run(), one.run(), two.run()];
  for (let done = 0; done < 4; done++) {
    await expect.poll(() => gates.length).toBe(done + 1);
    gates[done]?.resolve();
  }
  await Promise.all(runs);
  expect(seen.most).toBe(1);
});

test('a line without room is given up when the patience of the call is over, with the time to come back', async () => {
  const { gates, addWorker } = open({ maxConcurrency: 1, waitMs: 5, providerWaitMs: 150 });
  await using worker = addWorker('w1');
  const first = worker.run();
  await expect.poll(() => gates.length).toBe(1);
  await expect(worker.run()).rejects.toMatchObject({ code: 'server_is_overloaded', retryAfterMs: 1000 });
  await expect(worker.run('leave')).rejects.toBeInstanceOf(ProviderPaused);
  gates[0]?.resolve();
  await first;
});

test('a call that may leave stays while its line gets on, so that no slot waits for it to come back', async () => {
  const { gates, addWorker } = open({ maxConcurrency: 1, waitMs: 5 });
  await using worker = addWorker('w1');
  const runs = Array.from({ length: 3 }, () => worker.run('leave'));
  const lastMs = performance.now() + 1500;
  await expect.poll(() => gates.length).toBe(1);
  await wait(800, new AbortController().signal);
  gates[0]?.resolve();
  await expect.poll(() => gates.length).toBe(2);
  await wait(lastMs - performance.now(), new AbortController().signal);
  gates[1]?.resolve();
  await expect.poll(() => gates.length).toBe(3);
  gates[2]?.resolve();
  for (const events of await Promise.all(runs)) expect(events.flat()).toEqual([text, end]);
});

test('refusals in a row lower how many calls are open at once', async () => {
  const { state, refusals, gates, addWorker } = open({ waitMs: 5 });
  await using worker = addWorker('w1');
  const held = Array.from({ length: 9 }, () => worker.run());
  await expect.poll(() => gates.length).toBe(9);
  refusals.push(limited(1).error, limited(1).error);
  const refused = worker.run();
  await expect.poll(async () => (await state.read()).lanes.at(-1)?.limit).toBe(7); // four fifths of 9, and no fraction
  for (let done = 0; done < 10; done++) {
    await expect.poll(() => gates.length).toBeGreaterThan(done);
    gates[done]?.resolve();
  }
  await Promise.all([...held, refused]);
});
