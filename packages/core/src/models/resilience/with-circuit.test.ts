import { describe, expect, test } from 'vitest';
import type { Wait } from '../../async/wait.ts';
import { abortWhileWaiting, end, failing, open, overloaded, type Try, text, well } from './fake-protected.ts';

describe('an upstream that keeps failing', () => {
  async function failFiveTimes(tried: Try) {
    const opened = open();
    const down = opened.connect('up', tried);
    for (let runs = 0; runs < 5; runs++) await down.run().catch(() => undefined);
    return { ...opened, down };
  }

  test('is left alone, and the refusal names it and the time to come back', async () => {
    const { connect, down } = await failFiveTimes(overloaded);
    expect(down.state.asked).toBe(15);
    const other = connect('up', well);
    const message = expect.stringContaining('up');
    await expect(other.run()).rejects.toMatchObject({
      code: 'server_is_overloaded',
      message,
      retryAfterMs: 5000,
    });
    expect(other.state.asked).toBe(0);
    expect(await connect('elsewhere', well).run()).toEqual([text, end]);
  });

  test('gets one try as a probe, whose answer lets all calls through again', async () => {
    const { clock, connect, down } = await failFiveTimes(overloaded);
    clock.now += 5000;
    await expect(down.run()).rejects.toMatchObject({ code: 'server_is_overloaded' });
    expect(down.state.asked).toBe(16);
    clock.now += 10_000;
    expect(await connect('up', well).run()).toEqual([text, end]);
    expect(await connect('up', overloaded, well).run()).toEqual([text, end]);
  });

  test('is not asked again by a call that was waiting when the others failed', async () => {
    const latch = Promise.withResolvers<void>();
    const waiting = Promise.withResolvers<void>();
    let waits = 0;
    const wait: Wait = async () => {
      waits += 1;
      if (waits > 1) return;
      waiting.resolve();
      await latch.promise;
    };
    const { connect } = open({ wait });
    const first = connect('up', overloaded);
    const held = first.run();
    await waiting.promise;
    const others = connect('up', overloaded);
    for (let runs = 0; runs < 5; runs++) await expect(others.run()).rejects.toThrow();
    latch.resolve();
    await expect(held).rejects.toMatchObject({ code: 'server_is_overloaded' });
    expect(first.state.asked).toBe(1);
  });

  test.each([
    ['429', failing('rate_limit_exceeded', { status: 429 })],
    ['400', failing('invalid_request', { status: 400 })],
    ['401', failing('upstream_unauthorized', { status: 401 })],
    ['a fault in its stream that has no status', failing('upstream_error')],
    ['a stream that breaks off after its first event', { events: [text], ...failing('upstream_cut') }],
  ] satisfies [string, Try][])('is not left alone for %s', async (_, tried) => {
    const { connect } = await failFiveTimes(tried);
    expect(await connect('up', well).run()).toEqual([text, end]);
  });

  test('is not left alone because its clients leave', async () => {
    const states = [];
    let current = abortWhileWaiting();
    const { connect } = open({ wait: (ms, signal) => current.wait(ms, signal) });
    for (let runs = 0; runs < 6; runs++) {
      current = abortWhileWaiting();
      const left = connect('up', overloaded);
      await expect(left.run(current.controller.signal)).rejects.toBe(current.reason);
      states.push(left.state);
    }
    expect(states).toEqual(Array.from({ length: 6 }, () => ({ asked: 1 })));
    expect(await connect('up', well).run()).toEqual([text, end]);
  });
});
