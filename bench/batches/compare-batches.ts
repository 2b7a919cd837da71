import { describeRun, readRecorded, writeResults } from '../figures/results.ts';
import { measurePart } from '../ground/measure-part.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import type { BenchSettings } from '../settings.ts';
import type { BatchResults } from './batch-figures.ts';
import { batchReportOf } from './batch-report.ts';
import { batchSizesOf } from './batch-sizes.ts';
import { measureLargeFile } from './measure-large-file.ts';
import { measureLatency } from './measure-latency.ts';
import { measureThroughput } from './measure-throughput.ts';

/** Measures batches part by part, writes the figures and gives the report. */
export async function compareBatches(ground: BenchGround, { mode, save }: BenchSettings): Promise<string> {
  const sizes = batchSizesOf(mode);
  const figures = {
    largeFile: await measurePart(ground, 'a large file', (own) => measureLargeFile(own, sizes)),
    throughput: await measurePart(ground, 'lines a second', (own) => measureThroughput(own, sizes)),
    latency: await measurePart(ground, 'live traffic beside a batch', (own) => measureLatency(own, sizes)),
  };
  const head = await describeRun(mode, ground.redisProgram);
  const results: BatchResults = { ...head, ...figures };
  const report = batchReportOf(results, await readRecorded<BatchResults>('-batches'));
  const paths = await writeResults(results, { suffix: '-batches', save });
  return `${report}\n\nWritten to ${paths.join(' and ')}.`;
}
