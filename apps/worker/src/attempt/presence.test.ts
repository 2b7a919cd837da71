import { expect, it } from 'vitest';
import { createPresence } from './presence.ts';

function open() {
  const state = { now: 0, calls: 0 };
  const onAbsent = () => {
    state.calls += 1;
  };
  const tell = createPresence({
    graceMs: 100,
    now: () => state.now,
    onAbsent,
  });
  return (nowMs: number, hasSubscribers: boolean) => {
    state.now = nowMs;
    tell(hasSubscribers);
    return state.calls;
  };
}

it('calls when nobody has listened for the whole grace', () => {
  const tell = open();
  expect([tell(0, false), tell(99, false), tell(100, false)]).toEqual([0, 0, 1]);
});

it('begins anew when somebody has listened meanwhile', () => {
  const tell = open();
  expect([tell(0, false), tell(50, true), tell(120, false), tell(219, false), tell(220, false)]).toEqual([
    0, 0, 0, 0, 1,
  ]);
});
