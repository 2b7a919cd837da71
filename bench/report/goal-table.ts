import { type BoundedGoal, isReached } from '../figures/bounded-goal.ts';
import { formatBeside, formatFigure, formatTable } from './table.ts';

/** What was reached, with the figures of the recorded run in brackets where it has the same goal. */
export function goalTable(
  goals: readonly BoundedGoal[],
  recorded: readonly BoundedGoal[] | undefined,
): string {
  const format = ({ value, unit }: BoundedGoal) =>
    value === undefined ? '-' : `${formatFigure(value)} ${unit}`;
  const rows = goals.map((goal) => [
    goal.title,
    formatBeside(
      format,
      goal,
      recorded?.find(({ title }) => title === goal.title),
    ),
    `${goal.isLeast ? '≥' : '≤'} ${goal.bound} ${goal.unit}`,
    goal.value === undefined ? 'not measured' : isReached(goal) ? 'reached' : 'missed',
  ]);
  return formatTable(['figure', 'this run', 'goal', 'outcome'], rows);
}
