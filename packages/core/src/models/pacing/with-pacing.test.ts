import { describe, expect, test } from 'vitest';
import { ProviderPaused } from './provider-paused.ts';
import {
  abortWhileWaiting,
  call,
  end,
  failing,
  limited,
  openPaced,
  text,
  well,
} from './testing/paced-models.ts';

const leave = { ifPaused: 'leave' } as const;

describe('a provider that asks for a pause', () => {
  test.each([
    ['429', limited(3000)],
    ['503', failing('server_is_overloaded', { status: 503, retryAfterMs: 3000 })],
  ])('by a %s is waited for', async (_, refusal) => {
    const { waits, addWorker } = openPaced();
    await using worker = addWorker('w1');
    const { seen, run } = worker.connect('m', refusal, well);
    expect(await run()).toEqual([text, end]);
    expect(seen.asked).toBe(2);
    expect(waits).toEqual([3125]);
  });

  test('is waited for as often as it asks, as long as the patience of the call lasts', async () => {
    const { waits, addWorker } = openPaced();
    await using worker = addWorker('w1');
    const { seen, run } = worker.connect('m', limited(8000));
    await expect(run()).rejects.toMatchObject({ code: 'rate_limit_exceeded', retryAfterMs: 8000 });
    expect(waits).toEqual([8125, 8250, 8500]);
    expect(seen.asked).toBe(4);
  });

  test('for too long is not waited for at all, and the client is told for how long', async () => {
    const { waits, addWorker } = openPaced();
    await using worker = addWorker('w1');
    const { seen, run } = worker.connect('m', limited(30_000));
    await expect(run()).rejects.toMatchObject({ retryAfterMs: 30_000 });
    expect([seen.asked, waits]).toEqual([1, []]);
  });

  test('until after the deadline is not waited for', async () => {
    const { clock, waits, addWorker } = openPaced();
    await using worker = addWorker('w1');
    const { run } = worker.connect('m', limited(3000), well);
    const deadlineMs = clock.now + 3000;
    await expect(run({ ifPaused: 'wait', deadlineMs })).rejects.toMatchObject({ retryAfterMs: 3000 });
    expect(waits).toEqual([]);
    expect(await run({ ifPaused: 'wait', deadlineMs: deadlineMs + 1 })).toEqual([text, end]);
  });

  test('holds up the calls of all workers, and none to another model', async () => {
    const { waits, addWorker } = openPaced();
    await using one = addWorker('w1');
    await using two = addWorker('w2');
    await expect(one.connect('m', limited(40_000)).run()).rejects.toMatchObject({ retryAfterMs: 40_000 });
    const held = two.connect('m', well);
    await expect(held.run()).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      message: expect.stringContaining('up'),
      retryAfterMs: 40_000,
    });
    expect(held.seen.asked).toBe(0);
    expect(await two.connect('n', well).run()).toEqual([text, end]);
    expect(waits).toEqual([]);
  });

  test('for all its models holds them all up', async () => {
    const { waits, addWorker } = openPaced();
    await using one = addWorker('w1');
    await using two = addWorker('w2');
    await expect(one.connect('m', limited(40_000, 'provider')).run()).rejects.toThrow();
    await expect(two.connect('n', well).run()).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    expect(waits).toEqual([]);
  });

  test('is waited for by the calls of other workers', async () => {
    const { clock, waits, addWorker } = openPaced();
    await using one = addWorker('w1');
    await using two = addWorker('w2');
    await expect(one.connect('m', limited(40_000)).run()).rejects.toThrow();
    clock.now += 25_000;
    expect(await two.connect('m', well).run()).toEqual([text, end]);
    expect(waits).toEqual([15_050]);
  });

  test('is left by a call while it waits', async () => {
    const { controller, reason, wait } = abortWhileWaiting();
    await using worker = openPaced({ wait }).addWorker('w1');
    const { run } = worker.connect('m', limited(3000), well);
    await expect(run(undefined, controller.signal)).rejects.toBe(reason);
  });
});

describe('a call that may leave', () => {
  test('is told at once when to come back, by the provider and by those who were told before', async () => {
    const { clock, waits, addWorker } = openPaced();
    await using worker = addWorker('w1');
    const { seen, run } = worker.connect('m', limited(45_000), well);
    const untilMs = clock.now + 45_000;
    for (let time = 0; time < 2; time++) {
      const paused = await run(leave).catch((error: unknown) => error);
      expect(paused).toBeInstanceOf(ProviderPaused);
      expect(paused).toMatchObject({ untilMs, cause: { code: 'rate_limit_exceeded' } });
    }
    expect([seen.asked, waits]).toEqual([1, []]);
    clock.now = untilMs;
    expect(await run(leave)).toEqual([text, end]);
  });

  test('waits for less than a second in place', async () => {
    const { waits, addWorker } = openPaced();
    await using worker = addWorker('w1');
    expect(await worker.connect('m', limited(700), well).run(leave)).toEqual([text, end]);
    expect(waits).toEqual([825]);
  });

  test('fails like any other when its deadline comes first', async () => {
    const { clock, addWorker } = openPaced();
    await using worker = addWorker('w1');
    const { run } = worker.connect('m', limited(45_000));
    await expect(run({ ...leave, deadlineMs: clock.now + 45_000 })).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      retryAfterMs: 45_000,
    });
  });
});

describe('a call that has a fallback', () => {
  const hasFallback = true;

  test('waits for a short pause only', async () => {
    const { waits, addWorker } = openPaced();
    await using worker = addWorker('w1');
    expect(await worker.connect('m', limited(1500), well).run({ ifPaused: 'wait', hasFallback })).toEqual([
      text,
      end,
    ]);
    expect(waits).toEqual([1625]);
    const long = worker.connect('n', limited(2500));
    await expect(long.run({ ifPaused: 'wait', hasFallback })).rejects.toMatchObject({ retryAfterMs: 2500 });
  });

  test('leaves for a short pause, and goes on to the fallback for a longer one', async () => {
    const { addWorker } = openPaced();
    await using worker = addWorker('w1');
    await expect(worker.connect('m', limited(1500)).run({ ...leave, hasFallback })).rejects.toBeInstanceOf(
      ProviderPaused,
    );
    await expect(worker.connect('n', limited(2500)).run({ ...leave, hasFallback })).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
    });
  });
});

test('the state hears nothing of calls that go well, but for a look now and then', async () => {
  const { clock, steps, addWorker } = openPaced();
  await using worker = addWorker('w1');
  const { run } = worker.connect('m', well);
  for (let time = 0; time < 10; time++) await run();
  expect(steps).toHaveLength(1);
  clock.now += 600;
  await run();
  expect(steps).toHaveLength(2);
  clock.now += 1001;
  await run();
  expect(steps).toHaveLength(3);
});

test('a call whose reader leaves frees its slot', async () => {
  const { state, addWorker } = openPaced();
  await using worker = addWorker('w1');
  await worker.connect('m', limited(1), limited(1), well).run();
  const { stream } = worker.connect('m', well);
  for await (const _ of stream(call, new AbortController().signal)) break;
  await new Promise(setImmediate);
  expect((await state.read()).lanes.every(({ calls }) => Object.keys(calls).length === 0)).toBe(true);
});

test('without the shared state calls go on', async () => {
  const { state, errors, addWorker } = openPaced();
  state.step = () => Promise.reject(new Error('away'));
  await using worker = addWorker('w1');
  const { seen, run } = worker.connect('m', limited(3000), well);
  expect(await run()).toEqual([text, end]);
  expect(seen.asked).toBe(2);
  expect(errors).toContainEqual(new Error('away'));
});
