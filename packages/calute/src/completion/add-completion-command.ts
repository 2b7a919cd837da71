import { Argument, type Command } from 'commander';
import type { CommandContext } from '../cli/command-context.ts';
import { listWords } from './list-words.ts';
import { type Shell, shellScripts, shells } from './shell-scripts.ts';

/** Nobody waits longer for a key. */
const serverMs = 400;

export function addCompletionCommand(program: Command, context: CommandContext): void {
  const { terminal } = context;
  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText(
      'after',
      `
bash: source <(calute completion bash)        in ~/.bashrc
zsh:  source <(calute completion zsh)         in ~/.zshrc, behind compinit
fish: calute completion fish > ~/.config/fish/completions/calute.fish`,
    )
    .action((shell: Shell) => terminal.write(shellScripts[shell]));
  program
    .command('__complete [words...]', { hidden: true })
    .allowUnknownOption()
    .action(async (words: string[]) => {
      const completion = listWords(program, words);
      const models = completion.wantsModel ? await listModels(context) : [];
      terminal.write([...models, ...completion.words].map((word) => `${word}\n`).join(''));
    });
}

async function listModels({ env }: CommandContext): Promise<string[]> {
  try {
    const { ask, findServer } = await import('../client/server.ts');
    const { z } = await import('zod');
    const schema = z.object({ data: z.array(z.object({ id: z.string() })) });
    const signal = AbortSignal.timeout(serverMs);
    const { data } = await ask(findServer({}, env), '/models', { schema, signal });
    return data.map(({ id }) => id).filter((id) => /^[\w.:-]+$/.test(id));
  } catch {
    return []; // because a completion without a server is still one
  }
}
