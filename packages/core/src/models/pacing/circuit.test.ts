import { describe, expect, test } from 'vitest';
import { laneRules } from './lane.ts';
import { ProviderPaused } from './provider-paused.ts';
import { broken, end, failing, openPaced, type Try, text, well } from './testing/paced-models.ts';

const leave = { ifPaused: 'leave' } as const;

describe('a model that keeps failing', () => {
  /** Five calls of one worker, each with three tries. */
  async function failFiveTimes(tried: Try) {
    const opened = openPaced();
    const worker = opened.addWorker('w1');
    const down = worker.connect('m', tried);
    for (let runs = 0; runs < laneRules.failures; runs++) await down.run().catch(() => undefined);
    return { ...opened, worker, down, [Symbol.asyncDispose]: worker[Symbol.asyncDispose] };
  }

  test('is left alone by all workers, who wait for it', async () => {
    await using opened = await failFiveTimes(broken);
    const { waits, addWorker, down } = opened;
    expect(down.seen.asked).toBe(15);
    waits.length = 0;
    await using two = addWorker('w2');
    expect(await two.connect('m', well).run()).toEqual([text, end]);
    expect(waits).toEqual([5050]);
    expect(await two.connect('n', well).run()).toEqual([text, end]);
  });

  test('is left alone though its 500 calls itself a limit', async () => {
    await using opened = await failFiveTimes(failing('rate_limit_exceeded', { status: 429, answered: 500 }));
    await expect(opened.down.run(leave)).rejects.toMatchObject({ untilMs: opened.clock.now + 5000 });
  });

  test('is tried by one probe after another, each a single try, until the call has had enough', async () => {
    await using opened = await failFiveTimes(broken);
    opened.waits.length = 0;
    await using two = opened.addWorker('w2');
    const { seen, run } = two.connect('m', broken);
    await expect(run()).rejects.toMatchObject({ code: 'upstream_error', retryAfterMs: 19_750 });
    expect(seen.asked).toBe(2);
    expect(opened.waits).toEqual([5050, 125, 9925, 250]);
  });

  test('refuses calls that may not wait that long, with the time to come back', async () => {
    await using opened = await failFiveTimes(broken);
    const { clock, down } = opened;
    const deadlineMs = clock.now + 1000;
    await expect(down.run({ ifPaused: 'wait', deadlineMs })).rejects.toMatchObject({
      code: 'server_is_overloaded',
      retryAfterMs: 5000,
    });
    await expect(down.run(leave)).rejects.toMatchObject({ untilMs: clock.now + 5000 });
  });

  test.each([
    ['429', failing('rate_limit_exceeded', { status: 429 })],
    ['a 500 that says that the request is wrong', failing('invalid_request', { status: 400, answered: 500 })],
    ['400', failing('invalid_request', { status: 400 })],
    ['401', failing('upstream_unauthorized', { status: 401 })],
    ['a fault in its stream that has no status', failing('upstream_error')],
    ['a stream that breaks off after its first event', { events: [text], ...failing('upstream_cut') }],
  ] satisfies [string, Try][])('is not left alone for %s', async (_, tried) => {
    await using opened = await failFiveTimes(tried);
    const { lanes } = await opened.state.read();
    expect(lanes.every(({ openMs, failures }) => openMs === 0 && failures === 0)).toBe(true);
  });

  test('is one whose provider cannot be reached: then its other models are left alone too', async () => {
    await using opened = await failFiveTimes(failing('upstream_unreachable'));
    await expect(opened.worker.connect('n', well).run(leave)).rejects.toBeInstanceOf(ProviderPaused);
  });
});
