import type { BenchGround } from '../ground/start-ground.ts';
import { startCalute } from '../peers/start-calute.ts';
import { measureJobs, rateOf } from '../rounds/measure-jobs.ts';
import { createBatchClient, writeLines } from './batch-client.ts';
import type { BatchSizes } from './batch-sizes.ts';

/** How fast short lines are done, beside jobs that BullMQ alone adds and takes. */
export interface Throughput {
  readonly lines: number;
  /** From the upload to the last line, by one API and one worker. */
  readonly linesPerSecond: number;
  /** From the first job added to the last one done, by one process that adds and one that takes. */
  readonly jobsPerSecond: number;
}

const lineBytes = 200;
const warmUpLines = 500;

export async function measureThroughput(
  ground: BenchGround,
  { lines }: Pick<BatchSizes, 'lines'>,
): Promise<Throughput> {
  return {
    lines,
    linesPerSecond: await measureLines(ground, lines),
    jobsPerSecond: await measureJobs(ground, { jobs: lines, warmUpJobs: warmUpLines }),
  };
}

async function measureLines(ground: BenchGround, lines: number): Promise<number> {
  const env = { FILES_DIR: `${ground.dir}/files` };
  await using stack = ground.stack.use(new AsyncDisposableStack());
  const calute = await startCalute({ ...ground, stack }, { name: 'lines', env });
  const client = createBatchClient(calute.target);
  const run = async (count: number) => {
    const path = await writeLines(ground.dir, { lines: count, lineBytes });
    return await rateOf(count, async () => client.waitFor(await client.submit(path), count));
  };
  await run(warmUpLines);
  return await run(lines);
}
