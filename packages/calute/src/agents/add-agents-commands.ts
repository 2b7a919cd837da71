import type { Command } from 'commander';
import {
  type CommandContext,
  type JsonOption,
  type RemoteOptions,
  talksToServer,
  toRemote,
} from '../cli/command-context.ts';

export function addAgentsCommands(program: Command, context: CommandContext): void {
  const agents = program.command('agents').description('check a folder of agents, list those of a server');
  const load = () => import('./agents-commands.ts');
  agents
    .command('check [folder]')
    .description('load a folder of agents as a worker would, and say what is wrong with it')
    .option('--json', 'print JSON, one value a line')
    .action(async (folder: string | undefined, { json = false }: JsonOption) => {
      const { checkAgents } = await load();
      const { env, terminal } = context;
      context.end(await checkAgents(folder, { env, terminal, json }));
    });
  talksToServer(agents.command('list'))
    .description('list the agents that a server has')
    .action(async (options: RemoteOptions) => {
      const { listAgents } = await load();
      context.end(await listAgents(toRemote(options, context)));
    });
}
