import { type RunId, runIdSchema } from '@calute/core/ids';
import { asksForHelp } from '@calute/core/process/asks-for-help';

export type DeadLettersCommand =
  | { readonly command: 'list' }
  | { readonly command: 'show' | 'retry' | 'remove'; readonly runId: RunId };

export type ParsedArguments =
  | { readonly outcome: 'valid'; readonly command: DeadLettersCommand }
  | { readonly outcome: 'help'; readonly text: string }
  /** What is wrong, in one sentence, and the usage. */
  | { readonly outcome: 'invalid'; readonly messages: readonly [string, string] };

const usage = 'usage: npm run dead-letters -- list | show ID | retry ID | remove ID';

const help = `${usage}

list     shows the last 100 runs that were given up, newest first
show     prints all that is kept of one, as JSON
retry    sends one again as a new run of the same tenant, and prints the id of that
remove   forgets one

ID is that of a run, chatcmpl-…
The Redis is that of REDIS_URL, else that of an \`npm start\` that runs in this folder.`;

/** Reads the command line of `npm run dead-letters`. */
export function parseArguments(args: readonly string[]): ParsedArguments {
  if (asksForHelp(args)) return { outcome: 'help', text: help };
  const [command, id, ...rest] = args;
  if (rest.length > 0) return invalid('Too many arguments.');
  switch (command) {
    case 'list':
      return id === undefined
        ? { outcome: 'valid', command: { command } }
        : invalid('list takes no argument.');
    case 'show':
    case 'retry':
    case 'remove': {
      const runId = runIdSchema.safeParse(id);
      return runId.success
        ? { outcome: 'valid', command: { command, runId: runId.data } }
        : invalid(`${command} takes the id of a run, chatcmpl-….`);
    }
    default:
      return invalid(command === undefined ? 'Say what to do.' : `Unknown command "${command}".`);
  }
}

function invalid(message: string): ParsedArguments {
  return { outcome: 'invalid', messages: [message, usage] };
}
