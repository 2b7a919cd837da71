import type { Command } from 'commander';
import { type CommandContext, type RemoteOptions, talksToServer, toRemote } from '../cli/command-context.ts';

interface ListFlags extends RemoteOptions {
  readonly limit?: string;
  readonly after?: string;
  readonly model?: string;
}

export function addRunsCommands(program: Command, context: CommandContext): void {
  const runs = program.command('runs').description('look at runs, follow and cancel them');
  const load = () => import('./runs-commands.ts');
  talksToServer(runs.command('list'))
    .description('list runs that the server keeps')
    .option('--limit <number>', 'how many at most')
    .option('--after <id>', 'those behind this one')
    .option('--model <id>', 'those of one agent')
    .action(async (options: ListFlags) => {
      const { listRuns } = await load();
      context.end(await listRuns(options, toRemote(options, context)));
    });
  talksToServer(runs.command('show <id>'))
    .alias('get')
    .description('show one run')
    .action(async (id: string, options: RemoteOptions) => {
      const { showRun } = await load();
      context.end(await showRun(id, toRemote(options, context)));
    });
  talksToServer(runs.command('follow <id>'))
    .description('show what a run says, from its beginning, until its end')
    .option('--after <number>', 'only what comes behind this event')
    .action(async (id: string, options: ListFlags) => {
      const { followRun } = await load();
      const { after } = options;
      context.end(
        await followRun(id, { ...toRemote(options, context), ...(after === undefined ? {} : { after }) }),
      );
    });
  talksToServer(runs.command('cancel <id>'))
    .description('end a run that waits or runs')
    .action(async (id: string, options: RemoteOptions) => {
      const { cancelRun } = await load();
      context.end(await cancelRun(id, toRemote(options, context)));
    });
}
