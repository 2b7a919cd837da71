import { expect, test } from 'vitest';
import type { BoundedGoal } from '../figures/bounded-goal.ts';
import { goalTable } from './goal-table.ts';

const goalOf = (title: string, value: number | undefined): BoundedGoal => ({
  ...{ title, unit: 'ms', bound: 50 },
  value,
});

test('a goal stands with its bound and its outcome, and beside the recorded one of the same title', () => {
  const goals = [goalOf('first', 60), { ...goalOf('second', 60), isLeast: true }, goalOf('third', undefined)];
  const [, , ...rows] = goalTable(goals, [goalOf('second', 40), goalOf('first', 20)]).split('\n');
  expect(rows.map((row) => row.replaceAll(/ +/g, ' '))).toEqual([
    '| first | 60.0 ms (20.0 ms) | ≤ 50 ms | missed |',
    '| second | 60.0 ms (40.0 ms) | ≥ 50 ms | reached |',
    '| third | - | ≤ 50 ms | not measured |',
  ]);
});
