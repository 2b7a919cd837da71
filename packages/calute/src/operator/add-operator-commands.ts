import { join } from 'node:path';
import type { Command } from 'commander';
import type { CommandResult, OperatorOptions } from '../../../../scripts/operator/command-result.ts';
import type { CommandContext, JsonOption } from '../cli/command-context.ts';
import { exitCodes } from '../cli/command-failure.ts';

type Run = (args: readonly string[], options: OperatorOptions) => Promise<CommandResult>;

const redisHelp =
  '\nThe Redis is that of REDIS_URL, else that of a "calute dev" or "calute start" in this folder.';

/** The commands of operators, which work on Redis itself; their arguments are read as `npm run` reads them. */
export function addOperatorCommands(program: Command, context: CommandContext): void {
  const keys = program
    .command('keys')
    .description('make, list and revoke API keys')
    .addHelpText('after', redisHelp);
  const runKeys: Load = async () => (await import('../../../../scripts/keys/run-keys.ts')).runKeys;
  const add = createAdd('keys', keys, { load: runKeys, context });
  add('create', 'make a key and print its secret, once')
    .requiredOption('--name <name>', 'for people')
    .option('--scopes <list>', 'what it may do (default: infer)')
    .option('--rpm <number>', 'requests in a minute')
    .option('--tpm <number>', 'tokens in a minute')
    .option('--concurrency <number>', 'runs at once')
    .option('--weight <number>', 'its share beside other keys while runs wait')
    .option('--group <name>', 'keys of one group share one place among those that wait');
  add('list', 'list all keys');
  add('revoke <id>', 'refuse a key from now on; it stays in the list');
  add('delete <id>', 'forget a key');
  const letters = program
    .command('dead-letters')
    .description('look at runs that were given up, and send them again')
    .addHelpText('after', redisHelp);
  const runLetters: Load = async () =>
    (await import('../../../../scripts/dead-letters/run-dead-letters.ts')).runDeadLetters;
  const addLetter = createAdd('dead-letters', letters, { load: runLetters, context });
  addLetter('list', 'list them');
  addLetter('show <id>', 'print one as JSON');
  addLetter('retry <id>', 'send one again as a new run');
  addLetter('remove <id>', 'forget one');
}

type Load = () => Promise<Run>;

function createAdd(
  group: string,
  parent: Command,
  { load, context }: { readonly load: Load; readonly context: CommandContext },
) {
  return (signature: string, description: string): Command => {
    const command = parent.command(signature).description(description).option('--json', 'print JSON');
    return command.action(async () => {
      const { json, ...flags } = command.opts<JsonOption & Record<string, string>>();
      const given = Object.entries(flags).flatMap(([name, value]) => [`--${name}=${value}`]);
      const run = await load();
      const stateDir = join(process.cwd(), '.calute');
      const result = await run([command.name(), ...command.args, ...given], {
        stateDir,
        json: json === true,
      });
      show(result, group, context);
    });
  };
}

function show(
  { output, messages, exitCode }: CommandResult,
  group: string,
  { terminal, end }: CommandContext,
): void {
  const inOurWords = (text: string) =>
    text.replaceAll(`npm run ${group} --`, `calute ${group}`).replaceAll('"npm start"', '"calute dev"');
  if (output !== '') terminal.write(`${output}\n`);
  for (const message of messages) terminal.note(`${inOurWords(message)}\n`);
  const isUsage = messages.some((message) => message.startsWith('usage: '));
  if (exitCode === 0) end(exitCodes.done);
  else end(isUsage ? exitCodes.usage : exitCodes.failed);
}
