import { parseArgs } from 'node:util';
import { asksForHelp } from '@calute/core/process/asks-for-help';

export type BatchCommand =
  | {
      readonly command: 'submit';
      readonly path: string;
      readonly model: string | undefined;
      readonly prompts: boolean;
      readonly window: string;
      readonly wait: boolean;
    }
  | { readonly command: 'list' }
  | { readonly command: 'status' | 'retry-failed'; readonly id: string; readonly wait: boolean }
  | { readonly command: 'cancel'; readonly id: string }
  | { readonly command: 'results'; readonly id: string; readonly errors: boolean };

export type ParsedArguments =
  | { readonly outcome: 'valid'; readonly command: BatchCommand }
  | { readonly outcome: 'help'; readonly text: string }
  /** What is wrong, in one sentence, and the usage. */
  | { readonly outcome: 'invalid'; readonly messages: readonly [string, string] };

const usage = `usage: npm run batch -- submit FILE [--wait] [--model M] [--prompts] [--window 24h]
       npm run batch -- list
       npm run batch -- status ID [--wait]
       npm run batch -- cancel ID
       npm run batch -- results ID [--errors]
       npm run batch -- retry-failed ID [--wait]`;

const help = `${usage}

submit        uploads a JSONL file of requests, makes a batch of it and prints its id
list          shows all batches, newest first
status        shows one batch
cancel        ends a batch; what is done stays
results       prints the lines of its output file, or with --errors those of its error file
retry-failed  makes a new batch of the lines that failed and prints its id

--wait        stays until the batch has ended and shows how it gets on
--model M     the model of lines that name none
--prompts     each line of the file is a prompt: a JSON string, or {"prompt":"…","custom_id":"…"}; needs --model
--window W    how long the batch may take: 24h (default), 90m, 7d

The server is that of CALUTE_URL (default: http://127.0.0.1:8080), the key that of CALUTE_API_KEY.
It exits with 1 when something fails, with --wait also when a line has failed or the batch was not completed.`;

/** Reads the command line of `npm run batch`. */
export function parseArguments(args: readonly string[]): ParsedArguments {
  if (asksForHelp(args)) return { outcome: 'help', text: help };
  try {
    return { outcome: 'valid', command: toCommand(args) };
  } catch (error) {
    return { outcome: 'invalid', messages: [toSentence(error), usage] };
  }
}

class UsageError extends Error {}

const flags = {
  wait: { type: 'boolean', default: false },
  prompts: { type: 'boolean', default: false },
  errors: { type: 'boolean', default: false },
  model: { type: 'string' },
  window: { type: 'string' },
} as const; // because parseArgs derives the types of the values from the literals

/** What each command takes. */
const options: Readonly<Record<string, readonly string[]>> = {
  submit: ['wait', 'prompts', 'model', 'window'],
  list: [],
  status: ['wait'],
  cancel: [],
  results: ['errors'],
  'retry-failed': ['wait'],
};

function toCommand(args: readonly string[]): BatchCommand {
  const { values, positionals } = parseArgs({ args: [...args], options: flags, allowPositionals: true });
  const [command, operand, ...more] = positionals;
  const known = Object.keys(options).join(', ');
  if (command === undefined) throw new UsageError(`Say what to do: ${known}.`);
  const allowed = options[command];
  if (allowed === undefined) throw new UsageError(`Unknown command "${command}"; known: ${known}.`);
  const given = Object.entries(values).filter(([, value]) => value !== false);
  const stray = given.find(([name]) => !allowed.includes(name));
  if (stray) throw new UsageError(`${command} takes no --${stray[0]}.`);
  const { wait, prompts, errors, model, window = '24h' } = values;
  if (command === 'list') {
    if (operand !== undefined) throw new UsageError('list takes no further arguments.');
    return { command };
  }
  const what = command === 'submit' ? 'one file' : 'the id of one batch';
  if (operand === undefined || more.length > 0) throw new UsageError(`${command} takes ${what}.`);
  switch (command) {
    case 'submit':
      if (prompts && model === undefined) throw new UsageError('--prompts needs --model.');
      return { command, path: operand, model, prompts, window, wait };
    case 'results':
      return { command, id: operand, errors };
    case 'cancel':
      return { command, id: operand };
    default:
      return { command: command === 'status' ? command : 'retry-failed', id: operand, wait };
  }
}

/** parseArgs throws TypeErrors with a code; of their text the first sentence is enough. */
function toSentence(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof TypeError && 'code' in error) return `${error.message.split(/\.(?:\s|$)/, 1)[0]}.`;
  throw error;
}
