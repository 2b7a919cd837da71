import type { BoundedGoal } from '../figures/bounded-goal.ts';
import type { BatchFigures } from './batch-figures.ts';

const mebibyte = 2 ** 20;

/** What a batch may take, and what it has to give. */
export function judgeBatches({ latency, throughput, largeFile }: BatchFigures): readonly BoundedGoal[] {
  const { idle, beside } = latency;
  const [p50, p99] = [beside.p50Ms?.median, beside.p99Ms?.median];
  const [idleP50, idleP99] = [idle.p50Ms?.median, idle.p99Ms?.median];
  const held = (who: string, bytes: number | undefined, bound: number): BoundedGoal => ({
    title: `${who} above idle, a file of 200 MiB`,
    unit: 'MiB',
    bound,
    value: bytes === undefined ? undefined : bytes / mebibyte,
  });
  return [
    {
      title: 'TTFT p50 beside a batch to without',
      unit: '×',
      bound: 1.2,
      value: p50 === undefined || idleP50 === undefined ? undefined : p50 / idleP50,
    },
    {
      title: 'TTFT p99 beside a batch above without',
      unit: 'ms',
      bound: 50,
      value: p99 === undefined || idleP99 === undefined ? undefined : p99 - idleP99,
    },
    {
      title: 'lines a second to jobs of BullMQ alone',
      unit: '×',
      bound: 0.5,
      isLeast: true,
      value: throughput.linesPerSecond / throughput.jobsPerSecond,
    },
    held('API', largeFile.apiBytes, 100),
    held('worker', largeFile.workerBytes, 100),
    held('Redis', largeFile.redisBytes, 20),
  ];
}
