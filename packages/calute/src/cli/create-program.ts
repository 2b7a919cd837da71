import { Command } from 'commander';
import { addAgentsCommands } from '../agents/add-agents-commands.ts';
import { addBatchCommands } from '../batch/add-batch-commands.ts';
import { addChatCommand } from '../chat/add-chat-command.ts';
import { addCompletionCommand } from '../completion/add-completion-command.ts';
import { addInitCommand } from '../init/add-init-command.ts';
import { addOperatorCommands } from '../operator/add-operator-commands.ts';
import { addRoleCommands } from '../roles/add-role-commands.ts';
import { addRunsCommands } from '../runs/add-runs-commands.ts';
import type { CommandContext } from './command-context.ts';

const exitCodeHelp = `
Exit codes: 0 done; 1 failed or refused; 2 the command line is wrong; 3 the server cannot be reached; 130 interrupted.
Variables of a file .env in this folder count, those of the environment win.`;

/** All commands, as they are parsed, explained and completed. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('calute')
    .description('Agents as OpenAI-compatible models that survive crashes.')
    .version(context.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .addHelpText('after', exitCodeHelp)
    .configureHelp({ helpWidth: 110 })
    .showSuggestionAfterError()
    .exitOverride();
  addInitCommand(program, context);
  addRoleCommands(program, context);
  addChatCommand(program, context);
  addRunsCommands(program, context);
  addBatchCommands(program, context);
  addAgentsCommands(program, context);
  addOperatorCommands(program, context);
  addCompletionCommand(program, context);
  return program;
}
