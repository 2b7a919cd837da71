import { describeRun, readRecorded, writeResults } from '../figures/results.ts';
import { measurePart } from '../ground/measure-part.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import type { BenchSettings } from '../settings.ts';
import type { BacklogResults } from './backlog-figures.ts';
import { backlogReportOf } from './backlog-report.ts';
import { backlogSizesOf } from './backlog-sizes.ts';
import { measureDrain } from './measure-drain.ts';
import { measureFlood } from './measure-flood.ts';

/** Measures what waits, and what it does to those who ask, part by part; writes the figures and gives the report. */
export async function compareBacklog(ground: BenchGround, { mode, save }: BenchSettings): Promise<string> {
  const sizes = backlogSizesOf(mode);
  const flood = (runClass: 'live' | 'flex') =>
    measurePart(ground, `a flood of ${runClass} runs`, (own) => measureFlood(own, runClass, sizes));
  const figures = {
    drain: await measurePart(ground, 'a drained backlog', (own) => measureDrain(own, sizes)),
    floods: [await flood('live'), await flood('flex')],
  };
  const results: BacklogResults = { ...(await describeRun(mode, ground.redisProgram)), ...figures };
  const report = backlogReportOf(results, await readRecorded<BacklogResults>('-backlog'));
  const paths = await writeResults(results, { suffix: '-backlog', save });
  return `${report}\n\nWritten to ${paths.join(' and ')}.`;
}
