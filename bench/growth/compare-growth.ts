import { describeRun, readRecorded, writeResults } from '../figures/results.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import type { BenchSettings } from '../settings.ts';
import { growthReportOf } from './growth-report.ts';
import type { GrowthResults } from './growth-results.ts';
import { measureGrowth } from './measure-growth.ts';

/** Measures how Calute grows, writes the figures and gives the report. */
export async function compareGrowth(ground: BenchGround, { mode, save }: BenchSettings): Promise<string> {
  const figures = await measureGrowth(ground, mode);
  const head = await describeRun(mode, ground.redisProgram);
  const results: GrowthResults = { ...head, ...figures };
  const report = growthReportOf(results, await readRecorded<GrowthResults>('-growth'));
  const paths = await writeResults(results, { suffix: '-growth', save });
  return `${report}\n\nWritten to ${paths.join(' and ')}.`;
}
