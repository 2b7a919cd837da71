import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../model-provider.ts';
import {
  abortWhileWaiting,
  call,
  end,
  failing,
  openPaced,
  overloaded,
  text,
  well,
} from './testing/paced-models.ts';

describe('a call that fails before its first event', () => {
  test('is tried again twice, after waits of growing bounds', async () => {
    const { waits, addWorker } = openPaced();
    await using worker = addWorker('w1');
    const { seen, run } = worker.connect('m', failing('upstream_cut'), failing('upstream_cut'), well);
    expect(await run()).toEqual([text, end]);
    expect(seen.asked).toBe(3);
    expect(waits).toEqual([125, 250]);
  });

  test('throws the last failure when no try goes well', async () => {
    const { addWorker } = openPaced();
    await using worker = addWorker('w1');
    const { seen, run } = worker.connect('m', overloaded, failing('upstream_unreachable'));
    await expect(run()).rejects.toMatchObject({ code: 'upstream_unreachable' });
    expect(seen.asked).toBe(3);
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
    const { addWorker } = openPaced();
    await using worker = addWorker('w1');
    const { seen, run } = worker.connect('m', failing(code, status === undefined ? {} : { status }), well);
    await run();
    expect(seen.asked).toBe(2);
  });

  test.each([
    ['insufficient_quota', 429],
    ['invalid_request', 400],
    ['upstream_unauthorized', 401],
    ['upstream_error', 404],
    ['upstream_bad_chunk', undefined],
    ['provider_not_configured', undefined],
  ] as const)('is not tried again for %s, status %s', async (code, status) => {
    const { addWorker } = openPaced();
    await using worker = addWorker('w1');
    const { seen, run } = worker.connect('m', failing(code, status === undefined ? {} : { status }), well);
    await expect(run()).rejects.toMatchObject({ code });
    expect(seen.asked).toBe(1);
  });

  test('is not tried again for a bug', async () => {
    const { addWorker } = openPaced();
    await using worker = addWorker('w1');
    const bug = new TypeError('x is undefined');
    const { seen, run } = worker.connect('m', { error: bug }, well);
    await expect(run()).rejects.toBe(bug);
    expect(seen.asked).toBe(1);
  });

  test('throws the reason of an abort during the wait', async () => {
    const { controller, reason, wait } = abortWhileWaiting();
    await using worker = openPaced({ wait }).addWorker('w1');
    const { seen, run } = worker.connect('m', overloaded, well);
    await expect(run(undefined, controller.signal)).rejects.toBe(reason);
    expect(seen.asked).toBe(1);
  });
});

test('a call that fails after its first event is never tried again', async () => {
  const { addWorker } = openPaced();
  await using worker = addWorker('w1');
  const { seen, stream } = worker.connect('m', { events: [text], ...failing('upstream_cut') }, well);
  const shown: ModelEvent[] = [];
  const read = async () => {
    for await (const events of stream(call, new AbortController().signal)) shown.push(...events);
  };
  await expect(read()).rejects.toMatchObject({ code: 'upstream_cut' });
  expect(shown).toEqual([text]);
  expect(seen.asked).toBe(1);
});
