import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resultsFolder } from '../figures/results.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import { measureLoad } from '../ground/start-process.ts';
import type { Peer, ProcessRole } from '../peers/peer.ts';
import { startCalute } from '../peers/start-calute.ts';
import { usualLoad } from '../processes/protocol.ts';
import { formatFigure, formatTable } from '../report/table.ts';
import { type CpuProfile, shareByFunction, shareByPackage } from './profile-by-package.ts';

const shown = { packages: 18, functions: 30 };

const profileMs = 20_000;

/** Loads Calute under the profiler and gives tables of where its time goes; the profiles stay in `bench/results`. */
export async function profileCalute(ground: BenchGround): Promise<string> {
  const dir = join(ground.dir, 'profiles');
  await mkdir(dir);
  await mkdir(resultsFolder, { recursive: true });
  // The profiles are written when the processes end, so a stack of its own ends them before they are read.
  const stack = ground.stack.use(new AsyncDisposableStack());
  const execArgv = ['--cpu-prof', `--cpu-prof-dir=${dir}`];
  const calute = await startCalute({ ...ground, stack }, { execArgv });
  await loadForProfile(calute);
  await stack.disposeAsync();
  return reportProfiles(dir, calute.processes);
}

async function loadForProfile({ loader, target }: Peer): Promise<void> {
  const load = { ...usualLoad, until: { kind: 'time', ms: profileMs } } as const;
  const { requests, seconds } = await measureLoad(loader, { type: 'load', target, load });
  process.stderr.write(`${formatFigure(requests / seconds)} requests/s under the profiler\n`);
}

async function reportProfiles(dir: string, pids: Peer['processes']): Promise<string> {
  const files = (await readdir(dir)).filter((name) => name.endsWith('.cpuprofile'));
  const reports = pids
    .filter(({ role }) => role !== 'redis')
    .map(({ role, pid }) => reportOne(join(dir, nameOf(files, pid)), role));
  return (await Promise.all(reports)).join('\n\n');
}

function nameOf(files: readonly string[], pid: number): string {
  const name = files.find((file) => file.split('.').includes(String(pid)));
  if (name === undefined) throw new Error(`Process ${pid} has left no profile.`);
  return name;
}

async function reportOne(path: string, role: ProcessRole): Promise<string> {
  await copyFile(path, join(resultsFolder, `${role}.cpuprofile`));
  const profile: CpuProfile = JSON.parse(await readFile(path, 'utf8'));
  const table = (title: string, shares: ReturnType<typeof shareByPackage>, count: number) =>
    formatTable(
      [`${role}: ${title}`, '% of its CPU time'],
      shares.slice(0, count).map(([name, share]) => [name, formatFigure(share * 100)]),
    );
  return [
    table('package', shareByPackage(profile), shown.packages),
    table('function', shareByFunction(profile), shown.functions),
  ].join('\n\n');
}
