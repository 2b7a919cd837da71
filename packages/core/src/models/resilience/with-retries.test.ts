import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../model-provider.ts';
import { abortWhileWaiting, call, end, failing, open, overloaded, text, well } from './fake-protected.ts';

describe('a call that fails before its first event', () => {
  test('is tried again twice, after waits of growing bounds', async () => {
    const { waits, connect } = open();
    const { state, run } = connect('up', overloaded, overloaded, well);
    expect(await run()).toEqual([text, end]);
    expect(state.asked).toBe(3);
    expect(waits).toEqual([250, 500]);
  });

  test('waits anything from nothing to the bound', async () => {
    const { waits, connect } = open({ random: 0.1 });
    await connect('up', overloaded, overloaded, well).run();
    expect(waits).toEqual([25, 50]);
  });

  test('throws the last failure when no try goes well', async () => {
    const { connect } = open();
    const { state, run } = connect('up', overloaded, failing('upstream_unreachable'));
    await expect(run()).rejects.toMatchObject({ code: 'upstream_unreachable' });
    expect(state.asked).toBe(3);
  });

  test.each([
    ['rate_limit_exceeded', 429],
    ['upstream_error', 500],
    ['upstream_error', undefined],
    ['upstream_unreachable', undefined],
    ['upstream_timeout', 504],
    ['server_is_overloaded', 529],
    ['upstream_cut', undefined],
  ] as const)('is tried again for %s, status %s', async (code, status) => {
    const { connect } = open();
    const { state, run } = connect('up', failing(code, status === undefined ? {} : { status }), well);
    await run();
    expect(state.asked).toBe(2);
  });

  test.each([
    ['insufficient_quota', 429],
    ['invalid_request', 400],
    ['upstream_unauthorized', 401],
    ['upstream_error', 404],
    ['upstream_bad_chunk', undefined],
    ['provider_not_configured', undefined],
  ] as const)('is not tried again for %s, status %s', async (code, status) => {
    const { connect } = open();
    const { state, run } = connect('up', failing(code, status === undefined ? {} : { status }), well);
    await expect(run()).rejects.toMatchObject({ code });
    expect(state.asked).toBe(1);
  });

  test('is not tried again for a bug', async () => {
    const { connect } = open();
    const bug = new TypeError('x is undefined');
    const { state, run } = connect('up', { error: bug }, well);
    await expect(run()).rejects.toBe(bug);
    expect(state.asked).toBe(1);
  });

  test('waits as long as the upstream asks for, with jitter', async () => {
    const { waits, connect } = open();
    const { state, run } = connect(
      'up',
      failing('server_is_overloaded', { status: 503, retryAfterMs: 3000 }),
      well,
    );
    await run();
    expect(waits).toEqual([3250]);
    expect(state.asked).toBe(2);
  });

  test('throws at once, with the time to come back, when that is too long', async () => {
    const { waits, connect } = open();
    const { state, run } = connect(
      'up',
      failing('server_is_overloaded', { status: 503, retryAfterMs: 9900 }),
      well,
    );
    await expect(run()).rejects.toMatchObject({ code: 'server_is_overloaded', retryAfterMs: 9900 });
    expect([state.asked, waits]).toEqual([1, []]);
  });

  test('counts all of its waits together', async () => {
    const { waits, connect } = open();
    const { state, run } = connect(
      'up',
      failing('server_is_overloaded', { status: 503, retryAfterMs: 6000 }),
    );
    await expect(run()).rejects.toMatchObject({ retryAfterMs: 6000 });
    expect([state.asked, waits]).toEqual([2, [6250]]);
  });

  test('throws the reason of an abort during the wait', async () => {
    const { controller, reason, wait } = abortWhileWaiting();
    const { state, run } = open({ wait }).connect('up', overloaded, well);
    await expect(run(controller.signal)).rejects.toBe(reason);
    expect(state.asked).toBe(1);
  });
});

test('a call that fails after its first event is never tried again', async () => {
  const { connect } = open();
  const { state, stream } = connect('up', { events: [text], ...failing('upstream_cut') }, well);
  const seen: ModelEvent[] = [];
  const read = async () => {
    for await (const events of stream(call, new AbortController().signal)) seen.push(...events);
  };
  await expect(read()).rejects.toMatchObject({ code: 'upstream_cut' });
  expect(seen).toEqual([text]);
  expect(state.asked).toBe(1);
});

describe('a model whose upstream asks for a pause', () => {
  const limited = (retryAfterMs: number) => failing('rate_limit_exceeded', { status: 429, retryAfterMs });

  test('holds up its other calls, and those of no other model', async () => {
    const { waits, connect } = open();
    const held = connect('up', limited(20_000), well);
    await expect(held.run()).rejects.toMatchObject({ retryAfterMs: 20_000 });
    await expect(held.run()).rejects.toMatchObject({ code: 'rate_limit_exceeded', retryAfterMs: 20_000 });
    expect(held.state.asked).toBe(1);
    expect(await connect('up', well).run()).toEqual([text, end]);
    expect(waits).toEqual([]);
  });

  test('is asked by them when a pause that is short enough is over', async () => {
    const { clock, waits, connect } = open();
    const { run } = connect('up', limited(20_000), well);
    await expect(run()).rejects.toThrow();
    clock.now = 15_000;
    expect(await run()).toEqual([text, end]);
    expect(waits).toEqual([5250]);
  });

  test('is asked again after a minute however long a pause it wanted', async () => {
    const { clock, connect } = open();
    const { run } = connect('up', limited(86_400_000), well);
    await expect(run()).rejects.toMatchObject({ retryAfterMs: 86_400_000 });
    clock.now = 49_000;
    await expect(run()).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    clock.now = 60_000;
    expect(await run()).toEqual([text, end]);
  });
});
