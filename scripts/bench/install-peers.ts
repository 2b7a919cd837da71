import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../bench', import.meta.url));
const installMs = 60_000;

/** Installs what `bench/package-lock.json` names, without scripts, unless it is there; says whether it is there now. */
export async function installPeers(): Promise<'installed' | 'missing'> {
  if (!isInstalled()) await runNpm();
  return isInstalled() ? 'installed' : 'missing';
}

function isInstalled(): boolean {
  return existsSync(join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js'));
}

async function runNpm(): Promise<void> {
  process.stderr.write('installing the peers of the benchmark\n');
  const signal = AbortSignal.timeout(installMs);
  const windows = process.platform === 'win32';
  const npm = spawn(windows ? 'npm.cmd' : 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: windows,
    signal,
  });
  // Without it the gateway is left out, which the caller says.
  await once(npm, 'exit').catch(() => undefined);
}
