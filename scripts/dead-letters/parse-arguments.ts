import { type RunId, runIdSchema } from '@calute/core/ids';

export type DeadLettersCommand =
  | { readonly command: 'list' }
  | { readonly command: 'show' | 'retry' | 'remove'; readonly runId: RunId };

export type ParsedArguments =
  | { readonly outcome: 'valid'; readonly command: DeadLettersCommand }
  /** What is wrong, in one sentence, and the usage. */
  | { readonly outcome: 'invalid'; readonly messages: readonly [string, string] };

const usage = 'usage: npm run dead-letters -- list | show ID | retry ID | remove ID';

/** Reads the command line of `npm run dead-letters`. */
export function parseArguments([command, id, ...rest]: readonly string[]): ParsedArguments {
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
