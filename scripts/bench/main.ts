import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireRedisProgram } from '../redis/find-redis.ts';
import { runCommand } from '../redis/run-command.ts';
import { summarize } from './figures.ts';
import { installPeers } from './install-peers.ts';
import { measureStreams } from './measure-streams.ts';
import { loadForProfile, reportProfiles } from './profile-calute.ts';
import { reportOf } from './report.ts';
import { describeGround, readRecorded, writeResults } from './results.ts';
import { runRounds, warmUp } from './run-rounds.ts';
import { type BenchSettings, parseSettings } from './settings.ts';
import { type BenchGround, startCalute, startGround, startPeers } from './start-peers.ts';

const profileMs = 20_000;

await run();

/** Runs what the flags ask for; a signal ends what was started, and so does a failure. */
async function run(): Promise<void> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<'stopped'>();
  for (const signal of ['SIGINT', 'SIGTERM', 'disconnect']) process.once(signal, () => stop('stopped'));
  const stack = new AsyncDisposableStack();
  try {
    const settings = parseSettings(process.argv.slice(2));
    const ended = await Promise.race([bench(settings, stack), stopped]);
    if (ended === 'stopped') process.exitCode = 1;
    else process.stdout.write(`${ended}\n`);
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    await stack.disposeAsync();
  }
  process.exit();
}

async function bench(settings: BenchSettings, stack: AsyncDisposableStack): Promise<string> {
  const redisProgram = await requireRedisProgram({
    env: process.env,
    report: (line) => process.stderr.write(`${line}\n`),
  });
  const dir = await mkdtemp(join(tmpdir(), 'calute-bench-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const ground = await startGround(stack, { dir, redisProgram });
  if (settings.profile) return profile(ground);
  if (settings.streams !== undefined) {
    const room = String(settings.streams + 100);
    const calute = await startCalute(ground, { env: { WORKER_CONCURRENCY: room } });
    return measureStreams(calute, settings.streams);
  }
  return compare(ground, settings);
}

async function compare(ground: BenchGround, settings: BenchSettings): Promise<string> {
  const portkey = await installPeers();
  if (portkey === 'missing') process.stderr.write('Portkey is left out: it could not be installed\n');
  const peers = [...(await startPeers(ground, portkey === 'installed')), await startCalute(ground)];
  const warmUpRequests = await warmUp(peers, settings);
  const figures = summarize(await runRounds(peers, settings));
  const { mode, rounds, cellMs } = settings;
  const at = new Date().toISOString();
  const redis = await redisVersion(ground.redisProgram);
  const results = { at, mode, rounds, cellMs, warmUpRequests, ...(await describeGround(redis)), figures };
  const report = reportOf(results, await readRecorded());
  const path = await writeResults(results, 'latest');
  if (settings.save) await writeResults(results, 'recorded');
  return `${report}\n\nWritten to ${path}.`;
}

/** The profiles are written when the processes end, so a stack of its own ends them before they are read. */
async function profile(ground: BenchGround): Promise<string> {
  const dir = join(ground.dir, 'profiles');
  await mkdir(dir);
  const stack = ground.stack.use(new AsyncDisposableStack());
  const execArgv = ['--cpu-prof', `--cpu-prof-dir=${dir}`];
  const calute = await startCalute({ ...ground, stack }, { execArgv });
  await loadForProfile(calute, profileMs);
  await stack.disposeAsync();
  return reportProfiles(dir, calute.processes);
}

async function redisVersion(program: string): Promise<string> {
  const ended = await runCommand(program, ['--version'], { timeoutMs: 5000 });
  const text = ended.outcome === 'done' ? ended.stdout : '';
  return /v=([\d.]+)/.exec(text)?.[1] ?? 'unknown';
}
