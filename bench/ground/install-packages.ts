import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './start-ground.ts';

/** What only the benchmark needs, with a lockfile of its own: nobody who runs Calute installs it. */
export const benchFolder = join(root, 'bench');
const installMs = 60_000;

/**
 * Installs what `bench/package-lock.json` names, without scripts, unless this package is there in the version named; says
 * whether it is there now.
 */
export async function installPackages(wanted: string): Promise<'installed' | 'missing'> {
  if (!(await isInstalled(wanted))) await runNpm();
  return (await isInstalled(wanted)) ? 'installed' : 'missing';
}

async function isInstalled(name: string): Promise<boolean> {
  // npm writes the second when all is in place, so an installation that was cut off does not count.
  const [wanted, found] = await Promise.all(
    ['package-lock.json', 'node_modules/.package-lock.json'].map((file) => versionIn(file, name)),
  );
  return wanted !== undefined && found === wanted;
}

async function versionIn(lockfile: string, name: string): Promise<string | undefined> {
  const text = await readFile(join(benchFolder, lockfile), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text).packages?.[`node_modules/${name}`]?.version;
}

async function runNpm(): Promise<void> {
  process.stderr.write('installing the packages of the benchmark\n');
  const signal = AbortSignal.timeout(installMs);
  const windows = process.platform === 'win32';
  const npm = spawn(windows ? 'npm.cmd' : 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: benchFolder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: windows,
    signal,
  });
  // What is missing then is told by the caller.
  await once(npm, 'exit').catch(() => undefined);
}
