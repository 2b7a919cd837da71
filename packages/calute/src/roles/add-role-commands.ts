import type { Command } from 'commander';
import type { CommandContext } from '../cli/command-context.ts';
import { exitCodes } from '../cli/command-failure.ts';
import type { RoleOptions } from './role-commands.ts';

const settings =
  '\nEverything else is set by environment variables or a file .env: see docs/configuration.md.';

export function addRoleCommands(program: Command, { end }: CommandContext): void {
  const everything = async (options: RoleOptions, reload: boolean) => {
    const { start } = await import('./role-commands.ts');
    const code = await start(options, reload);
    end(code === 0 ? exitCodes.done : exitCodes.failed);
    // The listeners for signals would keep the process.
    process.exit(code);
  };
  const become = async (role: 'api' | 'worker', options: RoleOptions) => {
    const { becomeRole } = await import('./role-commands.ts');
    await becomeRole(role, options);
  };
  withPort(withAgents(program.command('dev')))
    .description('run everything on this machine; agents are loaded again when their files change')
    .addHelpText('after', `${settings}\nData are kept in .calute.`)
    .action((options: RoleOptions) => everything(options, true));
  withPort(withAgents(program.command('start')))
    .description('run everything on this machine: Redis, the API, and as many workers as the load wants')
    .addHelpText('after', `${settings}\nData are kept in .calute.`)
    .action((options: RoleOptions) => everything(options, false));
  withPort(program.command('api'))
    .description('run an API; wants REDIS_URL')
    .addHelpText('after', settings)
    .action((options: RoleOptions) => become('api', options));
  withAgents(program.command('worker'))
    .description('run a worker; wants REDIS_URL')
    .addHelpText('after', settings)
    .action((options: RoleOptions) => become('worker', options));
}

function withPort(command: Command): Command {
  return command.option('--port <number>', 'where the API listens (default: PORT, else 8080)');
}

function withAgents(command: Command): Command {
  return command.option('--agents <folder>', 'the folder of agents (default: CALUTE_AGENTS, else ./agents)');
}
