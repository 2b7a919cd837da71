import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Peer, ProcessRole } from './peer.ts';
import { type CpuProfile, shareByFunction, shareByPackage } from './profile-by-package.ts';
import { resultsFolder } from './results.ts';
import { measureLoad } from './start-process.ts';
import { formatFigure, formatTable } from './table.ts';

const shown = { packages: 18, functions: 30 };

/** Loads Calute with 32 streams at once after a warm-up; its processes write their profiles when they end. */
export async function loadForProfile({ loader, target }: Peer, ms: number): Promise<void> {
  const load = { model: 'mock-burst', stream: true, concurrency: 32, until: { kind: 'time', ms } } as const;
  const { requests, seconds } = await measureLoad(loader, { type: 'load', target, load });
  process.stderr.write(`${formatFigure(requests / seconds)} requests/s under the profiler\n`);
}

/** Tables of where the time went in each profile of `dir`; copies the profiles to `bench/results`. */
export async function reportProfiles(dir: string, pids: Peer['processes']): Promise<string> {
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
