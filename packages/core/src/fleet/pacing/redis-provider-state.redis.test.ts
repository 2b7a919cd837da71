import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { failOnLeaks } from '../../../../../tests/support/leaks.ts';
import { connectTestRedis, randomPrefix } from '../../../../../tests/support/test-redis.ts';
import { emptyCall } from '../../models/fake-upstream.ts';
import type { ModelEvent } from '../../models/model-provider.ts';
import { createPacing } from '../../models/pacing/create-pacing.ts';
import { createMemoryProviderState } from '../../models/pacing/memory-provider-state.ts';
import { testProviderState } from '../../models/pacing/provider-state.contract.ts';
import type { LaneStep } from '../../models/pacing/step-lanes.ts';
import { createKeys, type Keys } from '../../redis/keys.ts';
import { deadAfterMs } from '../worker-reports.ts';
import { createRedisProviderState } from './redis-provider-state.ts';

failOnLeaks();

const open = (now?: () => number) => {
  const redis = connectTestRedis();
  const keys = createKeys(randomPrefix());
  return {
    state: createRedisProviderState({ redis, keys, ...(now === undefined ? {} : { now }) }),
    dieAt: (worker: string, atMs: number) => report(redis, keys, { worker, atMs: atMs - deadAfterMs }),
  };
};

testProviderState('in Redis', open);

/** As the script of worker-reports.ts writes it, which goes by the clock of Redis. */
function report(redis: Redis, keys: Keys, { worker, atMs }: { worker: string; atMs: number }) {
  return redis.hset(keys.workerReports, worker, `${atMs} {}`);
}

const names = ['openai up', 'openai up a', 'openai up b'] as const;
const calls = fc.constantFrom('call 1', 'call 2', 'call 3');
const anyStep: fc.Arbitrary<LaneStep> = fc
  .record({
    worker: fc.constantFrom('w1', 'w2', '3'),
    model: fc.constantFrom(names[1], names[2]),
    cap: fc.constantFrom(0, 3),
    open: fc.nat({ max: 5 }),
    report: fc.option(
      fc.record({
        lane: fc.constantFrom(...names),
        call: calls,
        result: fc.constantFrom('answered', 'failed', 'unknown', 'failed'),
        slowDown: fc.boolean(),
        pauseMs: fc.constantFrom(0, 0, 0, 700, 100_000),
      }),
    ),
    enter: fc.option(calls),
  })
  .map(({ worker, model, cap, open, report, enter }) => {
    const held = enter === null ? open : open + 1;
    return {
      worker,
      lanes: [
        { name: names[0], cap, calls: held },
        { name: model, cap: 0, calls: held },
      ],
      ...(report === null ? {} : { report }),
      ...(enter === null ? {} : { enter }),
    };
  });
/** For how long the worker that speaks lives from then on. */
const lives = fc.constantFrom(0, 1000, 10_000, 1e9, 1e9);
const waits = fc.constantFrom(0, 1, 100, 1000, 5000, 10_000, 31_000, 600_001);

test('the script and the model come to the same after any steps', async () => {
  const redis = connectTestRedis();
  const property = fc.asyncProperty(
    fc.array(fc.tuple(anyStep, waits, lives), { maxLength: 40, size: 'max' }),
    async (steps) => {
      let now = 1_800_000_000_000;
      const deaths = new Map<string, number>();
      const model = createMemoryProviderState(
        () => now,
        (worker) => (deaths.get(worker) ?? 0) > now,
      );
      const keys = createKeys(randomPrefix());
      const script = createRedisProviderState({ redis, keys, now: () => now });
      for (const [step, waitMs, livesMs] of steps) {
        deaths.set(step.worker, now + livesMs);
        await report(redis, keys, { worker: step.worker, atMs: now + livesMs - deadAfterMs });
        expect(await script.step(step)).toEqual(await model.step(step));
        now += waitMs;
      }
      expect(await script.read()).toEqual(await model.read());
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

test('without a clock of its own it goes by that of Redis', async () => {
  const { state, dieAt } = open();
  await dieAt('w1', 1e15);
  const lanes = [{ name: names[0], cap: 0, calls: 1 }];
  expect(await state.step({ worker: 'w1', lanes, enter: 'call 1' })).toEqual({
    isProbe: false,
    isFree: true,
  });
  const { nowMs, lanes: known } = await state.read();
  expect(nowMs).toBeGreaterThan(1.7e12);
  expect(known).toHaveLength(1);
});

test('a Redis that is away is an error of the store', async () => {
  const redis = connectTestRedis();
  const state = createRedisProviderState({ redis, keys: createKeys(randomPrefix()) });
  redis.disconnect();
  await expect(state.read()).rejects.toMatchObject({ code: 'store_unavailable' });
});

test('model calls go out while Redis cannot be reached, and only the first one waits for it', async () => {
  const redis = connectTestRedis('redis://127.0.0.1:1');
  const errors: unknown[] = [];
  const state = createRedisProviderState({ redis, keys: createKeys(randomPrefix()) });
  await using pacing = createPacing({
    state,
    worker: 'w1',
    providerWaitMs: 0,
    onError: (error) => errors.push(error),
  });
  const model = { provider: 'openai', host: 'up', model: 'm', maxConcurrency: 1 };
  const { stream } = pacing.pace({ accepts: new Set(), stream: sayHi }, model);
  for (let call = 0; call < 20; call++) {
    const events = await Array.fromAsync(stream(emptyCall, new AbortController().signal));
    expect(events.flat()).toEqual([hi]);
  }
  expect(errors).toMatchObject([{ code: 'store_unavailable' }]);
});

const hi: ModelEvent = { type: 'text-delta', text: 'Hi' };

async function* sayHi(): AsyncGenerator<readonly ModelEvent[]> {
  yield [hi];
}
