import type { BoundedGoal } from '../figures/bounded-goal.ts';
import type { Latency } from '../figures/latency.ts';
import type { BacklogFigures } from './backlog-figures.ts';
import type { BesideFlood } from './measure-flood.ts';

/** What waiting runs may cost those who ask beside them, and how fast they have to be done. */
export function judgeBacklog({ floods, drain }: BacklogFigures): readonly BoundedGoal[] {
  const runs = drain.runsPerSecond?.median;
  const jobs = drain.jobsPerSecond?.median;
  return [
    ...floods.flatMap(judgeFlood),
    {
      title: 'drained runs a second to jobs of BullMQ alone',
      unit: '×',
      bound: 0.5,
      isLeast: true,
      value: runs === undefined || jobs === undefined ? undefined : runs / jobs,
    },
  ];
}

function judgeFlood({ runClass, idle, many }: BesideFlood): BoundedGoal[] {
  const goal = (name: string, figure: 'p50Ms' | 'p99Ms'): BoundedGoal => ({
    title: `TTFT ${name} beside ${runClass} runs that wait, above idle`,
    unit: 'ms',
    bound: 50,
    value: addedMs({ idle, beside: many.latency }, figure),
  });
  return [goal('p50', 'p50Ms'), goal('p99', 'p99Ms')];
}

/** Undefined when one of both was not measured, or with mistakes. */
function addedMs(
  { idle, beside }: { readonly idle: Latency; readonly beside: Latency },
  figure: 'p50Ms' | 'p99Ms',
): number | undefined {
  const [from, to] = [idle[figure]?.median, beside[figure]?.median];
  const isRight = idle.errors === 0 && beside.errors === 0;
  return isRight && from !== undefined && to !== undefined ? to - from : undefined;
}
