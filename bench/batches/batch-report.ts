import { headOf, recordedNote } from '../report/report-head.ts';
import { formatBeside, formatFigure, formatSpread, formatTable } from '../report/table.ts';
import type { BatchResults } from './batch-figures.ts';
import { type BatchGoal, isReached, judgeBatches } from './batch-goals.ts';
import type { LargeFile } from './measure-large-file.ts';
import type { LatencyBeside } from './measure-latency.ts';
import type { Throughput } from './measure-throughput.ts';

const mebibyte = 2 ** 20;

/** The whole measurement in Markdown, with the recorded one beside its goals. */
export function batchReportOf(results: BatchResults, recorded: BatchResults | undefined): string {
  const { largeFile, throughput, latency } = results;
  return [
    headOf('Batches', results),
    `## Interactive requests, streaming, c=4: time to the first token (${latency.linesDone.toLocaleString('en')} lines were done beside them)`,
    latencyOf(latency),
    `## ${throughput.lines.toLocaleString('en')} short lines, an upstream that answers at once`,
    throughputOf(throughput),
    `## A file of ${Math.round((largeFile.lines * largeFile.lineBytes) / mebibyte)} MiB: the most that was held above idle`,
    largeFileOf(largeFile),
    '## Goals',
    recordedNote(recorded),
    goalsOf(results, recorded),
  ].join('\n\n');
}

function latencyOf({ idle, beside }: LatencyBeside): string {
  const row = (title: string, { p50Ms, p99Ms, errors }: LatencyBeside['idle']) =>
    errors > 0
      ? [`${title}: FAILED, ${errors} errors`, '-', '-']
      : [title, formatSpread(p50Ms), formatSpread(p99Ms)];
  return formatTable(['', 'p50 ms', 'p99 ms'], [row('no batch', idle), row('beside a batch', beside)]);
}

function throughputOf({ linesPerSecond, jobsPerSecond }: Throughput): string {
  return formatTable(
    ['', 'a second'],
    [
      ['lines: one API, one worker', formatFigure(linesPerSecond)],
      ['jobs: BullMQ alone, added and taken', formatFigure(jobsPerSecond)],
    ],
  );
}

function largeFileOf({ lines, lineBytes, seconds, apiBytes, workerBytes, redisBytes }: LargeFile): string {
  const mebibytes = (bytes: number | undefined) =>
    formatFigure(bytes === undefined ? undefined : bytes / mebibyte);
  const headers = ['lines × bytes', 'seconds', 'API MiB', 'worker MiB', 'Redis MiB'];
  const figures = [formatFigure(seconds), mebibytes(apiBytes), mebibytes(workerBytes), mebibytes(redisBytes)];
  return formatTable(headers, [
    [`${lines.toLocaleString('en')} × ${lineBytes.toLocaleString('en')}`, ...figures],
  ]);
}

function goalsOf(results: BatchResults, recorded: BatchResults | undefined): string {
  const before = recorded && judgeBatches(recorded);
  const format = ({ value, unit }: BatchGoal) =>
    value === undefined ? '-' : `${formatFigure(value)} ${unit}`;
  const rows = judgeBatches(results).map((goal) => [
    goal.title,
    formatBeside(
      format,
      goal,
      before?.find(({ title }) => title === goal.title),
    ),
    `${goal.isLeast ? '≥' : '≤'} ${goal.bound} ${goal.unit}`,
    goal.value === undefined ? 'not measured' : isReached(goal) ? 'reached' : 'missed',
  ]);
  return formatTable(['figure', 'this run', 'goal', 'outcome'], rows);
}
