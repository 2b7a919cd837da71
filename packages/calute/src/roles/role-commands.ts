import { join } from 'node:path';
import { listWarnings } from '@calute/core/process/role-command';
import { StartError } from '@calute/core/process/start-error';
import { readSettings } from '../../../../scripts/start/settings.ts';
import { startCalute } from '../../../../scripts/start/start-calute.ts';
import { watchStopSignals } from '../../../../scripts/start/stop-signals.ts';
import { CommandFailure } from '../cli/command-failure.ts';
import { endWithNpm } from './end-with-npm.ts';
import { roleFile } from './role-file.ts';

export interface RoleOptions {
  readonly port?: string;
  readonly agents?: string;
}

/** Everything on this machine, with the data in the folder where the command is given. Ends by itself never. */
export async function start(options: RoleOptions, reload: boolean): Promise<number> {
  applyOptions(options);
  endWithNpm(process.env);
  const env = { ...process.env, CALUTE_RELOAD: process.env['CALUTE_RELOAD'] || String(reload) };
  const signals = watchStopSignals();
  // Whoever reads our lines may go first; that must not keep us from ending the rest in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    const settings = await readSettings(env);
    for (const warning of listWarnings(env)) process.stderr.write(`${warning}\n`);
    return await startCalute({
      settings,
      env,
      apiFile: roleFile('api'),
      workerFile: roleFile('worker'),
      stateDir: join(process.cwd(), '.calute'),
      signals,
      print: (line) => void process.stdout.write(`${line}\n`),
      report: (line) => void process.stderr.write(`${line}\n`),
    });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    throw new CommandFailure(error.message);
  }
}

/** Becomes a role, which reads the command line and the environment itself and ends the process. */
export async function becomeRole(role: 'api' | 'worker', options: RoleOptions): Promise<void> {
  applyOptions(options);
  endWithNpm(process.env);
  process.argv = [process.execPath, roleFile(role)];
  await (role === 'api'
    ? import('../../../../apps/api/src/main.ts')
    : import('../../../../apps/worker/src/main.ts'));
}

/** Options stand for variables, and win over them. */
function applyOptions({ port, agents }: RoleOptions): void {
  if (port !== undefined) process.env['PORT'] = port;
  if (agents !== undefined) process.env['CALUTE_AGENTS'] = agents;
}
