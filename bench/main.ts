import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { within } from '@calute/core/async/within';
import { asksForHelp } from '@calute/core/process/asks-for-help';
import { requireRedisProgram } from '../scripts/redis/find-redis.ts';
import { compareBacklog } from './backlog/compare-backlog.ts';
import { compareBatches } from './batches/compare-batches.ts';
import { drawChart } from './chart/draw-chart.ts';
import { comparePeers } from './compare-peers.ts';
import { measureConsole } from './console/measure-console.ts';
import { startGround } from './ground/start-ground.ts';
import { compareGrowth } from './growth/compare-growth.ts';
import { profileCalute } from './profile/profile-calute.ts';
import { parseSettings } from './settings.ts';
import { measureStreams } from './streams/measure-streams.ts';
import { measureTalking } from './streams/measure-talking.ts';
import { compareTelemetry } from './telemetry/compare-telemetry.ts';

/** How long what was under way when a signal came may take to notice that everything is gone. */
const settleMs = 5000;

const help = `usage: npm run bench [-- FLAGS]

Measures Calute beside its peers on this machine; docs/performance.md says what and how.

--quick --full      shorter or longer rounds
--growth            how cost and memory grow, in place of the peers
--batches           batches: live traffic beside one, lines a second, memory
--backlog           another tenant beside 100,000 waiting runs, and how fast a backlog drains
--telemetry         what metrics and traces cost
--profile           where the CPU time goes
--console           what the console costs, with and without viewers
--streams COUNT     so many open streams at once, which say little
--talking COUNT     so many open streams at once, of five tokens a second, beside the relay on fetch
--chart             draws the recorded figures, and measures nothing
--save              records the figures, for later runs to show beside theirs`;

if (asksForHelp(process.argv.slice(2))) process.stdout.write(`${help}\n`);
else await run();

/** Runs what the flags ask for; a signal ends what was started, and so does a failure. */
async function run(): Promise<void> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<'stopped'>();
  // For good: npm passes a signal on that came to the whole group already, and the second one must not end this at once.
  for (const signal of ['SIGINT', 'SIGTERM', 'disconnect']) process.on(signal, () => stop('stopped'));
  const stack = new AsyncDisposableStack();
  const benching = bench(process.argv.slice(2), stack);
  try {
    const ended = await Promise.race([benching, stopped]);
    if (ended === 'stopped') process.exitCode = 1;
    else process.stdout.write(`${ended}\n`);
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    await stack.disposeAsync();
    await within(settleMs, Promise.allSettled([benching]));
  }
  process.exit();
}

async function bench(args: readonly string[], stack: AsyncDisposableStack): Promise<string> {
  const settings = parseSettings(args);
  const { task } = settings;
  if (task.kind === 'chart') return drawChart();
  const redisProgram = await requireRedisProgram({
    env: process.env,
    report: (line) => process.stderr.write(`${line}\n`),
  });
  const dir = await mkdtemp(join(tmpdir(), 'calute-bench-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const ground = await startGround(stack, { dir, redisProgram });
  switch (task.kind) {
    case 'compare':
      return comparePeers(ground, settings);
    case 'growth':
      return compareGrowth(ground, settings);
    case 'batches':
      return compareBatches(ground, settings);
    case 'backlog':
      return compareBacklog(ground, settings);
    case 'telemetry':
      return compareTelemetry(ground, settings);
    case 'profile':
      return profileCalute(ground);
    case 'console':
      return measureConsole(ground);
    case 'streams':
      return measureStreams(ground, task.count);
    case 'talking':
      return measureTalking(ground, task.count);
  }
}
