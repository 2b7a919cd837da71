import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLostAnswers } from './lost-answers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('only an answer that has not come a moment after its stream is lost, and it is lost once', () => {
  const lost: unknown[] = [];
  const answers = createLostAnswers((id) => void lost.push(id));
  for (const id of [1, 2, 3, 4]) answers.asked(id);
  answers.answered(1);
  for (const id of [1, 2, 3]) answers.streamOver(id);
  vi.advanceTimersByTime(100);
  answers.answered(2);
  vi.advanceTimersByTime(1000);
  expect(lost).toEqual([3]);
  answers.streamOver(3);
  answers.streamOver(4);
  answers.clear();
  vi.advanceTimersByTime(1000);
  expect(lost).toEqual([3]);
});
