import { CaluteError } from '@calute/core/errors';
import { describe, expect, it } from 'vitest';
import { createHub, type Viewer } from './hub.ts';

const fail = (error: unknown) => {
  throw error;
};

function viewer(more: Partial<Viewer> = {}) {
  const events: string[] = [];
  let ended = false;
  const one: Viewer = {
    send: (event) => events.push(event) > 0,
    end: () => {
      ended = true;
    },
    mayLook: async () => true,
    ...more,
  };
  return Object.assign(one, { events, isEnded: () => ended });
}

/** A view of a number that counts how often it was read. */
function counter() {
  let reads = 0;
  let shown: unknown = 1;
  const read = async () => {
    reads += 1;
    if (shown instanceof Error) throw shown;
    return shown;
  };
  return {
    watched: { key: 'a', everyTicks: 1, open: () => read },
    reads: () => reads,
    show: (value: unknown) => {
      shown = value;
    },
  };
}

describe('a hub', () => {
  it('reads a view once for all its viewers, and sends it when it has changed', async () => {
    const hub = createHub({ onError: fail, tickMs: 1 });
    const { watched, reads, show } = counter();
    const viewers = [viewer(), viewer(), viewer()];
    for (const one of viewers) hub.watch(watched, one);
    await expect.poll(reads).toBeGreaterThan(5);
    show(2);
    await expect
      .poll(() => viewers.map(({ events }) => events))
      .toEqual(Array(3).fill(['data: 1\n\n', 'data: 2\n\n']));
    await hub.close();
    expect(viewers.every((one) => one.isEnded())).toBe(true);
  });

  it('reads nothing before somebody watches and after the last one has left', async () => {
    const hub = createHub({ onError: fail, tickMs: 1 });
    const { watched, reads } = counter();
    expect(reads()).toBe(0);
    const stop = [hub.watch(watched, viewer()), hub.watch(watched, viewer())];
    await expect.poll(reads).toBeGreaterThan(3);
    for (const leave of stop) leave();
    expect(hub.viewers).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    const before = reads();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(reads()).toBe(before);
    stop[0]?.();
    expect(hub.viewers).toBe(0);
    await hub.close();
  });

  it('leaves out what a slow viewer has no room for, and sends it the latest later', async () => {
    const hub = createHub({ onError: fail, tickMs: 1 });
    const { watched, show, reads } = counter();
    let hasRoom = false;
    const events: string[] = [];
    hub.watch(watched, viewer({ send: (event) => hasRoom && events.push(event) > 0 }));
    await expect.poll(reads).toBeGreaterThan(2);
    show(2);
    await expect.poll(reads).toBeGreaterThan(5);
    hasRoom = true;
    await expect.poll(() => events).toEqual(['data: 2\n\n']);
    await hub.close();
  });

  it('tells a fault, and goes on', async () => {
    const bugs: unknown[] = [];
    const hub = createHub({ onError: (error) => void bugs.push(error), tickMs: 1 });
    const { watched, show } = counter();
    const one = viewer();
    hub.watch(watched, one);
    show(new CaluteError('store_unavailable', 'Redis does not answer.'));
    await expect
      .poll(() => one.events.at(-1))
      .toContain('event: fault\ndata: {"error":{"message":"Redis does not answer."');
    expect(bugs).toEqual([]);
    show(new Error('a bug'));
    await expect.poll(() => one.events.at(-1)).toContain('Internal server error.');
    expect(bugs.length).toBeGreaterThan(0);
    show(3);
    await expect.poll(() => one.events.at(-1)).toBe('data: 3\n\n');
    await hub.close();
  });

  it('ends a viewer that may not look any more', async () => {
    const hub = createHub({ onError: fail, tickMs: 1 });
    const { watched } = counter();
    const one = viewer({ mayLook: async () => false });
    hub.watch(watched, one);
    await expect.poll(() => one.isEnded()).toBe(true);
    await hub.close();
  });

  it('takes a hundred viewers, and none once it is closed', async () => {
    const hub = createHub({ onError: fail, tickMs: 1 });
    const { watched } = counter();
    for (let index = 0; index < 100; index += 1) hub.watch(watched, viewer());
    expect(() => hub.watch(watched, viewer())).toThrow('More than 100 pages are open');
    await hub.close();
    expect(() => hub.watch(watched, viewer())).toThrow('shutting down');
  });
});
