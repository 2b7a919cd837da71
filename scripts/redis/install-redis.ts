import { access } from 'node:fs/promises';
import { runCommand } from './run-command.ts';

const timeoutMs = 5 * 60_000;
/** RUNLEVEL=1 keeps the package from starting a system service on port 6379. */
const env = { RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' };
/** Somebody else may be installing: a fresh machine updates itself, or Calute is started twice. */
const waitForOthers = ['-o', 'DPkg::Lock::Timeout=120'];
const install = [...waitForOthers, 'install', '-y', '--no-install-recommends', 'redis-server'];

/** Installs redis-server with apt where that is allowed. Returns why it could not, undefined when it could or may not try. */
export async function installRedis(report: (line: string) => void): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || !(await hasAptGet())) return undefined;
  report('calute: installing redis-server with apt-get …');
  const first = await runCommand('apt-get', install, { timeoutMs, env });
  if (first.outcome === 'done') return undefined;
  // A fresh image has no package lists; fetching them first every time would cost seconds for nothing.
  await runCommand('apt-get', ['update'], { timeoutMs, env });
  const second = await runCommand('apt-get', install, { timeoutMs, env });
  if (second.outcome === 'done') return undefined;
  return `apt-get could not install it: ${second.output.split('\n').at(-1) ?? ''}`;
}

function hasAptGet(): Promise<boolean> {
  return access('/usr/bin/apt-get').then(
    () => true,
    () => false,
  );
}
