import type { Command } from 'commander';

export interface Completion {
  /** What may stand where the cursor is. */
  readonly words: readonly string[];
  /** What the server's agents may complete as well. */
  readonly wantsModel: boolean;
}

/** What may come next on a command line: `before` are the words behind the name of the program, up to the one that is typed. */
export function listWords(program: Command, before: readonly string[]): Completion {
  let command = program;
  let operands = 0;
  for (let at = 0; at < before.length; at += 1) {
    const word = before[at] ?? '';
    if (word.startsWith('-')) {
      if (takesValue(command, word)) at += 1;
      if (at >= before.length) return nothing;
      continue;
    }
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (next === undefined) operands += 1;
    else command = next;
  }
  const commands = command.commands.map((one) => one.name()).filter((name) => !name.startsWith('__'));
  const options = command.options.flatMap(({ long }) => (long ? [long] : []));
  const words = [...(commands.length > 0 ? [...commands, 'help'] : []), ...options, '--help'];
  const wantsModel = command.name() === 'chat' && operands === 0;
  return { words: [...new Set(words)], wantsModel };
}

const nothing: Completion = { words: [], wantsModel: false };

function takesValue(command: Command, word: string): boolean {
  if (word.includes('=')) return false;
  const option = command.options.find(({ short, long }) => short === word || long === word);
  return option !== undefined && (option.required || option.optional);
}
