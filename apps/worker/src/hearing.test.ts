import { expect, it } from 'vitest';
import { createHearing } from './hearing.ts';

function open() {
  const state = { now: 0, calls: 0 };
  const onUnheard = () => {
    state.calls += 1;
  };
  const hear = createHearing({
    graceMs: 100,
    now: () => state.now,
    onUnheard,
  });
  return (nowMs: number, heard: boolean) => {
    state.now = nowMs;
    hear(heard);
    return state.calls;
  };
}

it('calls when nobody has listened for the whole grace', () => {
  const hear = open();
  expect([hear(0, false), hear(99, false), hear(100, false)]).toEqual([0, 0, 1]);
});

it('begins anew when somebody has listened meanwhile', () => {
  const hear = open();
  expect([hear(0, false), hear(50, true), hear(120, false), hear(219, false), hear(220, false)]).toEqual([
    0, 0, 0, 0, 1,
  ]);
});
