import { expect, it } from 'vitest';
import { untilAborted } from './until-aborted.ts';

const reason = new Error('stopped');

it('gives what the work comes to, now or later, and its failure', async () => {
  const { signal } = new AbortController();
  expect(await untilAborted(signal, () => 1)).toBe(1);
  expect(await untilAborted(signal, async () => 2)).toBe(2);
  const failing = untilAborted(signal, () => {
    throw reason;
  });
  await expect(failing).rejects.toBe(reason);
});

it('does not begin the work under an aborted signal', async () => {
  await expect(untilAborted(AbortSignal.abort(reason), () => expect.unreachable())).rejects.toBe(reason);
});

it('stands work that aborts its own signal and then throws at once', async () => {
  const controller = new AbortController();
  const failure = new Error('failure');
  const failing = untilAborted(controller.signal, () => {
    controller.abort(reason);
    throw failure;
  });
  await expect(failing).rejects.toBe(failure);
  await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection would fail the test run
});

it('leaves work behind that does not end, and whatever becomes of it', async () => {
  const controller = new AbortController();
  const work = Promise.withResolvers<void>();
  const waiting = untilAborted(controller.signal, () => work.promise);
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  work.reject(new Error('too late'));
  await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection would fail the test run
});
