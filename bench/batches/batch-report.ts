import { goalTable } from '../report/goal-table.ts';
import { latencyTable } from '../report/latency-table.ts';
import { headOf, recordedNote } from '../report/report-head.ts';
import { formatFigure, formatTable } from '../report/table.ts';
import type { BatchResults } from './batch-figures.ts';
import { judgeBatches } from './batch-goals.ts';
import type { LargeFile } from './measure-large-file.ts';
import type { Throughput } from './measure-throughput.ts';

const mebibyte = 2 ** 20;

/** The whole measurement in Markdown, with the recorded one beside its goals. */
export function batchReportOf(results: BatchResults, recorded: BatchResults | undefined): string {
  const { largeFile, throughput, latency } = results;
  return [
    headOf('Batches', results),
    `## Interactive requests, streaming, c=4: time to the first token (${latency.linesDone.toLocaleString('en')} lines were done beside them)`,
    latencyTable([
      ['no batch', latency.idle],
      ['beside a batch', latency.beside],
    ]),
    `## ${throughput.lines.toLocaleString('en')} short lines, an upstream that answers at once`,
    throughputOf(throughput),
    `## A file of ${Math.round((largeFile.lines * largeFile.lineBytes) / mebibyte)} MiB: the most that was held above idle`,
    largeFileOf(largeFile),
    '## Goals',
    recordedNote(recorded),
    goalTable(judgeBatches(results), recorded && judgeBatches(recorded)),
  ].join('\n\n');
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
