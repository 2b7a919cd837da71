import type { Command } from 'commander';
import {
  type CommandContext,
  gather,
  type RemoteOptions,
  talksToServer,
  toRemote,
} from '../cli/command-context.ts';
import type { ChatOptions } from './chat-command.ts';

export function addChatCommand(program: Command, context: CommandContext): void {
  talksToServer(program.command('chat <model> [message...]'))
    .description('talk to an agent, or ask it once when there is a message')
    .option('--system <text>', 'a system message in front of the conversation')
    .option('--effort <level>', 'reasoning_effort; thoughts are shown when the model has some')
    .option('--set <name=value>', 'a field of the request, as JSON or text; may be given again', gather, [])
    .addHelpText(
      'after',
      `
A message is taken from the command line, or from standard input when that is no terminal or the message is "-".
The answer goes to standard output; thoughts, tools and waiting go to standard error.
An answer that is cut off is taken up where it was. Ctrl-C cancels the run; a second one leaves at once.`,
    )
    .action(async (model: string, words: string[], options: ChatOptions & RemoteOptions) => {
      const { chat } = await import('./chat-command.ts');
      const { server, terminal } = toRemote(options, context);
      context.end(await chat(model, words, { options, server, terminal }));
    });
}
