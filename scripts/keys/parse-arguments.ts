import { parseArgs } from 'node:util';
import { groupSchema, scopeSchema, weightSchema } from '@calute/core/api-keys/api-key';
import type { NewApiKey } from '@calute/core/api-keys/key-store';
import { asksForHelp } from '@calute/core/process/asks-for-help';
import { z } from 'zod';

export type KeysCommand =
  | { readonly command: 'create'; readonly key: NewApiKey }
  | { readonly command: 'list' }
  | { readonly command: 'revoke' | 'delete'; readonly id: string };

export type ParsedArguments =
  | { readonly outcome: 'valid'; readonly command: KeysCommand }
  | { readonly outcome: 'help'; readonly text: string }
  /** What is wrong, in one sentence, and the usage. */
  | { readonly outcome: 'invalid'; readonly messages: readonly [string, string] };

const usage = `usage: npm run keys -- create --name NAME [--scopes LIST] [--rpm N] [--tpm N] [--concurrency N] [--weight N] [--group NAME]
       npm run keys -- list
       npm run keys -- revoke ID
       npm run keys -- delete ID`;

const help = `${usage}

create   makes a key and prints its secret on standard output, this one time
list     shows all keys, oldest first
revoke   refuses a key from now on; it stays in the list
delete   forgets a key; without any key left, this machine is served without one again

--name NAME        for people, 1 to 100 characters
--scopes LIST      what it may do, of ${scopeSchema.options.join(',')} (default: infer); priority allows service_tier "priority"
--rpm N            requests per minute (default: any number)
--tpm N            tokens per minute (default: any number)
--concurrency N    runs at once (default: any number)
--weight N         its share beside other keys while runs wait, above 0 and up to 1000 (default: 1)
--group NAME       keys of one group share one place among those that wait: 1 to 64 letters, digits, _ . -

The Redis is that of REDIS_URL, else that of an \`npm start\` that runs in this folder.`;

/** Reads the command line of `npm run keys`. */
export function parseArguments(args: readonly string[]): ParsedArguments {
  if (asksForHelp(args)) return { outcome: 'help', text: help };
  try {
    return { outcome: 'valid', command: toCommand(args) };
  } catch (error) {
    return { outcome: 'invalid', messages: [toSentence(error), usage] };
  }
}

class UsageError extends Error {}

const count = (flag: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,14}$/, `--${flag} takes a whole number from 1.`)
    .transform(Number)
    .optional();

const weightFault = '--weight takes a number above 0 and up to 1000.';

/** Control characters in a name could rewrite the terminal that lists it. */
const optionsSchema = z.object({
  name: z
    .string('create needs --name.')
    .regex(/^[^\p{Cc}]{1,100}$/u, '--name takes 1 to 100 characters on one line.'),
  scopes: z
    .string()
    .default('infer')
    .transform((text) => [...new Set(text.split(',').map((scope) => scope.trim()))])
    .pipe(
      z.array(z.enum(scopeSchema.options, `--scopes takes a list of: ${scopeSchema.options.join(', ')}.`)),
    ),
  rpm: count('rpm'),
  tpm: count('tpm'),
  concurrency: count('concurrency'),
  weight: z
    .string()
    .regex(/^\d{1,4}(\.\d{1,6})?$/, weightFault)
    .transform(Number)
    .refine((weight) => weightSchema.safeParse(weight).success, weightFault)
    .optional(),
  group: z
    .string()
    .refine((name) => groupSchema.safeParse(name).success, '--group takes 1 to 64 letters, digits, _ . or -.')
    .optional(),
});

const flags = {
  name: { type: 'string' },
  scopes: { type: 'string' },
  rpm: { type: 'string' },
  tpm: { type: 'string' },
  concurrency: { type: 'string' },
  weight: { type: 'string' },
  group: { type: 'string' },
} as const; // because parseArgs derives the types of the values from the literals

function toCommand(args: readonly string[]): KeysCommand {
  const { values, positionals } = parseArgs({ args: [...args], options: flags, allowPositionals: true });
  const [command, ...operands] = positionals;
  if (command !== 'create' && Object.keys(values).length > 0)
    throw new UsageError('Only create takes options.');
  switch (command) {
    case 'create':
      return { command, key: toNewKey(values, operands) };
    case 'list':
      if (operands.length > 0) throw new UsageError('list takes no further arguments.');
      return { command };
    case 'revoke':
    case 'delete': {
      const [id, ...more] = operands;
      if (id === undefined || more.length > 0) throw new UsageError(`${command} takes the id of one key.`);
      return { command, id };
    }
    case undefined:
      throw new UsageError('Say what to do: create, list, revoke or delete.');
    default:
      throw new UsageError(`Unknown command "${command}"; known: create, list, revoke, delete.`);
  }
}

function toNewKey(values: Record<string, unknown>, operands: readonly string[]): NewApiKey {
  if (operands.length > 0) throw new UsageError('create takes no arguments beside its options.');
  const { rpm, tpm, ...rest } = optionsSchema.parse(values);
  return { ...rest, requestsPerMinute: rpm, tokensPerMinute: tpm };
}

/** parseArgs throws TypeErrors with a code; of their text the first sentence is enough. */
function toSentence(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof z.ZodError) return error.issues[0]?.message ?? 'The options are not valid.';
  if (error instanceof TypeError && 'code' in error) return `${error.message.split(/\.(?:\s|$)/, 1)[0]}.`;
  throw error;
}
