import { describeRun, readRecorded, writeResults } from '../figures/results.ts';
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
  const part = async <Figures>(title: string, measure: (own: BenchGround) => Promise<Figures>) => {
    process.stderr.write(`${title}\n`);
    // What one part has started would take part in the next.
    await using stack = ground.stack.use(new AsyncDisposableStack());
    return await measure({ ...ground, stack });
  };
  const largeFile = await part('a large file', (own) => measureLargeFile(own, sizes));
  const throughput = await part('lines a second', (own) => measureThroughput(own, sizes));
  const latency = await part('live traffic beside a batch', (own) => measureLatency(own, sizes));
  const head = await describeRun(mode, ground.redisProgram);
  const results: BatchResults = { ...head, largeFile, throughput, latency };
  const report = batchReportOf(results, await readRecorded<BatchResults>('-batches'));
  const paths = await writeResults(results, { suffix: '-batches', save });
  return `${report}\n\nWritten to ${paths.join(' and ')}.`;
}
