import { expect, test } from 'vitest';
import { createJobPace } from './job-pace.ts';

test('runs of few clients wait for nothing, those of many for the longest time at most', () => {
  const paces = [0, 1, 7, 8, 12, 16, 3000].map((size) => createJobPace({ size }, 8).paceMs?.());
  expect(paces).toEqual([0, 0, 0, 4, 6, 8, 8]);
});

test('no run waits where the longest time is none', () => {
  expect(createJobPace({ size: 3000 }, 0).paceMs?.()).toBe(0);
});
