import { describe, expect, test } from 'vitest';
import { laneRules } from './lane.ts';
import type { ProviderState } from './provider-state.ts';
import type { LaneStep } from './step-lanes.ts';

/** Opens a state of its own for each test, on a clock that the test moves. */
export type OpenState = (now: () => number) => OpenedState;

export interface OpenedState {
  readonly state: ProviderState;
  /** From then on the worker counts as dead, and until then as alive. */
  dieAt(worker: string, atMs: number): Promise<unknown>;
}

type Report = NonNullable<LaneStep['report']>;

const provider = 'openai up';
const model = `${provider} a`;
const other = `${provider} b`;
const start = 1_800_000_000_000;
const answered = { result: 'answered', slowDown: false, pauseMs: 0 } as const;
const failed = { ...answered, result: 'failed' } as const;
const limited = { ...answered, slowDown: true } as const;
const letIn = { isProbe: false, isFree: true };

/** A state and a worker's calls by hand. */
async function setUp(open: OpenState, cap = 0) {
  const clock = { now: start };
  const { state, dieAt } = open(() => clock.now);
  for (const worker of ['w1', 'w2', 'w3']) await dieAt(worker, 1e15);
  const lanes = (lane: string, calls: number) => [
    { name: provider, cap, calls },
    { name: lane, cap: 0, calls },
  ];
  /** `calls` with the one that asks. */
  const enter = (worker: string, calls: number, { lane = model, call = 'call' } = {}) =>
    state.step({ worker, lanes: lanes(lane, calls), enter: call });
  /** `calls` without the one that reports, unless it is still open. */
  const tell = (said: Partial<Report>, calls = 0, worker = 'w1') =>
    state.step({
      worker,
      lanes: lanes(model, calls),
      report: { ...answered, lane: model, call: 'call', ...said },
    });
  const hold = (worker: string, calls: number) => state.step({ worker, lanes: lanes(model, calls) });
  const openCircuit = async (lane = model) => {
    for (let call = 0; call < laneRules.failures; call++) await tell({ ...failed, lane });
  };
  const limitOf = async () => (await state.read()).lanes.find(({ name }) => name === model)?.limit;
  return { clock, state, dieAt, enter, tell, hold, openCircuit, limitOf };
}

/** Checks what every ProviderState holds to. */
export function testProviderState(name: string, open: OpenState): void {
  describe(`a pause, ${name}`, () => {
    test('keeps out all workers, and no other model', async () => {
      const { clock, enter, tell } = await setUp(open);
      expect(await enter('w2', 500)).toEqual(letIn);
      expect(await tell({ ...limited, pauseMs: 3000 })).toMatchObject({ isFree: false });
      clock.now += 1000;
      const refusal = { reason: 'paused', waitMs: 2000, lane: model };
      expect(await enter('w2', 1)).toEqual({ isProbe: false, isFree: false, refusal });
      expect(await enter('w2', 1, { lane: other })).toEqual(letIn);
      clock.now += 2000;
      expect(await enter('w2', 1)).not.toHaveProperty('refusal');
    });

    test('of the provider keeps out all its models', async () => {
      const { enter, tell } = await setUp(open);
      await tell({ ...limited, pauseMs: 3000, lane: provider });
      for (const lane of [model, other]) {
        expect(await enter('w2', 1, { lane })).toMatchObject({ refusal: { lane: provider } });
      }
    });

    test('lasts a minute at most, and a shorter one does not end it', async () => {
      const { enter, tell } = await setUp(open);
      await tell({ ...limited, pauseMs: 86_400_000 });
      await tell({ ...limited, pauseMs: 10 });
      expect(await enter('w1', 1)).toMatchObject({ refusal: { waitMs: laneRules.maxPauseMs } });
    });
  });

  describe(`a circuit, ${name}`, () => {
    test('opens by failures in a row: not across an answer, nor across too much time', async () => {
      const { clock, enter, tell, openCircuit } = await setUp(open);
      for (let call = 1; call < laneRules.failures; call++) await tell(failed);
      await tell(answered);
      for (let call = 1; call < laneRules.failures; call++) await tell(failed);
      clock.now += laneRules.failuresWithinMs + 1;
      await tell(failed);
      await tell({ result: 'unknown' });
      expect(await enter('w1', 1)).not.toHaveProperty('refusal');
      await openCircuit();
      expect(await enter('w2', 1)).toMatchObject({ refusal: { reason: 'open', waitMs: laneRules.openMs } });
      expect(await enter('w2', 1, { lane: other })).not.toHaveProperty('refusal');
    });

    test('lets one call of all workers through as a probe, whose answer closes it', async () => {
      const { clock, enter, tell, openCircuit } = await setUp(open);
      await openCircuit();
      clock.now += laneRules.openMs;
      expect(await enter('w1', 1, { call: 'probe' })).toEqual({ isProbe: true, isFree: false });
      for (const worker of ['w1', 'w2', 'w3']) {
        const refusal = { reason: 'open', waitMs: laneRules.probingWaitMs, lane: model };
        expect(await enter(worker, 2)).toMatchObject({ isProbe: false, refusal });
      }
      await tell({ ...answered, call: 'early' });
      expect(await enter('w2', 1)).toHaveProperty('refusal');
      await tell({ ...answered, call: 'probe' });
      expect(await enter('w2', 1)).toEqual(letIn);
    });

    test('opens for twice as long with each probe that fails, up to a bound', async () => {
      const { clock, enter, tell, openCircuit } = await setUp(open);
      await openCircuit();
      clock.now += laneRules.openMs;
      const waits: unknown[] = [];
      for (let probe = 0; probe < 5; probe++) {
        expect(await enter('w1', 1, { call: `probe ${probe}` })).toMatchObject({ isProbe: true });
        await tell({ ...failed, call: `probe ${probe}` });
        const waitMs = (await enter('w2', 1)).refusal?.waitMs ?? 0;
        waits.push(waitMs);
        clock.now += waitMs;
      }
      expect(waits).toEqual([10_000, 20_000, 40_000, 60_000, 60_000]);
    });

    test('lets the next call be the probe when one gave up, or did not come back', async () => {
      const { clock, enter, tell, openCircuit } = await setUp(open);
      await openCircuit();
      clock.now += laneRules.openMs;
      await enter('w1', 1, { call: 'left' });
      await tell({ result: 'unknown', call: 'left' });
      expect(await enter('w1', 1, { call: 'lost' })).toMatchObject({ isProbe: true });
      clock.now += laneRules.probeMs;
      expect(await enter('w2', 1, { call: 'next' })).toMatchObject({ isProbe: true });
      await tell({ ...failed, call: 'lost' });
      expect(await enter('w3', 1)).toMatchObject({ refusal: { waitMs: laneRules.probingWaitMs } });
      await tell({ ...answered, call: 'next' });
      expect(await enter('w3', 1)).toEqual(letIn);
    });
  });

  describe(`concurrency, ${name}`, () => {
    test.each<[limit: number, name: string, said: Partial<Report>[]]>([
      [0, 'one refusal', [limited]],
      [0, 'a refusal after an answer', [limited, answered, limited]],
      [0, 'a refusal after one of the provider', [{ ...limited, lane: provider }, limited]],
      [8, 'a refusal after another', [limited, limited]],
      [8, 'a refusal after another and a lost call', [limited, { result: 'unknown' }, limited]],
      [8, 'three in a row', [limited, limited, limited]],
    ])('with ten calls open is limited to %i after %s; 0 is no limit', async (limit, _, said) => {
      const { tell, limitOf } = await setUp(open);
      for (const one of said) await tell(one, 10);
      expect(await limitOf()).toBe(limit);
    });

    test('is not lowered by a refusal long after the one before', async () => {
      const { clock, tell, limitOf } = await setUp(open);
      await tell(limited, 10);
      clock.now += laneRules.limitMs + 1;
      await tell(limited, 10);
      expect(await limitOf()).toBe(0);
    });

    test('is lowered to four fifths of what is left when many were refused together, and never raised by a refusal', async () => {
      const { tell, hold, limitOf } = await setUp(open);
      await hold('w2', 3);
      for (let left = 49; left >= 2; left--) await tell(limited, left);
      expect(await limitOf()).toBe(4);
      await tell(limited, 30);
      expect(await limitOf()).toBe(4);
    });

    test.each([
      [3, 2, 3, 3.244828],
      [35, 28, 10, 29],
    ])(
      'after refusals of %i calls, %i slots grow by %i answers to %d',
      async (calls, slots, answers, grown) => {
        const { clock, tell, limitOf } = await setUp(open);
        for (let call = 0; call < 2; call++) await tell(limited, calls);
        await tell(answered, slots - 1); // while one is free
        expect(await limitOf()).toBe(slots);
        for (let call = 0; call < answers; call++) await tell(answered, slots);
        expect(await limitOf()).toBeCloseTo(grown, 6);
        clock.now += laneRules.limitMs + 1;
        expect(await tell(answered, 1)).toEqual(letIn);
      },
    );

    test('is never below one, so that a provider is asked again', async () => {
      const { enter, tell, limitOf } = await setUp(open);
      for (let call = 0; call < 5; call++) await tell(limited);
      expect(await limitOf()).toBe(1);
      expect(await enter('w1', 1)).not.toHaveProperty('refusal');
      expect(await enter('w2', 1)).toMatchObject({ refusal: { reason: 'full', lane: model } });
    });

    test('has a cap over all workers and models of the provider', async () => {
      const { enter, hold } = await setUp(open, 3);
      expect(await enter('w1', 2)).toEqual({ isProbe: false, isFree: false });
      expect(await enter('w2', 1, { lane: other })).not.toHaveProperty('refusal');
      const refusal = { reason: 'full', waitMs: laneRules.fullWaitMs, lane: provider };
      expect(await enter('w2', 2)).toMatchObject({ refusal });
      expect(await enter('w3', 1)).toMatchObject({ refusal });
      await hold('w1', 1);
      expect(await enter('w3', 1)).not.toHaveProperty('refusal');
    });

    test('counts the calls of a worker for as long as it lives, however long it says nothing', async () => {
      const { clock, dieAt, enter, hold } = await setUp(open, 2);
      await dieAt('silent', start + 3_600_000);
      await hold('silent', 2);
      clock.now += 3_600_000 - 1;
      expect(await enter('w1', 1)).toHaveProperty('refusal');
      clock.now += 1;
      expect(await enter('w1', 1)).not.toHaveProperty('refusal');
    });

    test('counts those of a worker that speaks, though it was taken for dead', async () => {
      const { dieAt, enter } = await setUp(open, 2);
      await dieAt('late', start - 1);
      expect(await enter('late', 3)).toHaveProperty('refusal');
      expect(await enter('late', 2)).not.toHaveProperty('refusal');
    });
  });

  test(`${name} tells of every lane that something is known of, by name`, async () => {
    const { clock, state, tell, hold } = await setUp(open);
    expect(await state.read()).toEqual({ nowMs: start, lanes: [] });
    await tell({ ...limited, pauseMs: 500 });
    await hold('w1', 2);
    const calls = { w1: 2 };
    expect(await state.read()).toMatchObject({
      lanes: [
        { name: provider, pausedUntilMs: 0, limit: 0, calls },
        { name: model, pausedUntilMs: start + 500, refusedAtMs: start, calls },
      ],
    });
    await hold('w1', 0);
    clock.now += laneRules.limitMs + 1;
    expect((await state.read()).lanes).toEqual([]);
  });
}
