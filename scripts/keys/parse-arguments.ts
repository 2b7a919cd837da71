import { parseArgs } from 'node:util';
import { scopeSchema } from '@calute/core/api-keys/api-key';
import type { NewApiKey } from '@calute/core/api-keys/key-store';
import { z } from 'zod';

export type KeysCommand =
  | { readonly command: 'create'; readonly key: NewApiKey }
  | { readonly command: 'list' }
  | { readonly command: 'revoke'; readonly id: string };

export type ParsedArguments =
  | { readonly outcome: 'valid'; readonly command: KeysCommand }
  /** What is wrong, in one sentence, and the usage. */
  | { readonly outcome: 'invalid'; readonly messages: readonly [string, string] };

const usage = `usage: npm run keys -- create --name N [--scopes ${scopeSchema.options.join(',')}] [--rpm N] [--tpm N] [--concurrency N] [--retention-s N]
       npm run keys -- list
       npm run keys -- revoke ID`;

/** Reads the command line of `npm run keys`. */
export function parseArguments(args: readonly string[]): ParsedArguments {
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
  'retention-s': count('retention-s'),
});

const flags = {
  name: { type: 'string' },
  scopes: { type: 'string' },
  rpm: { type: 'string' },
  tpm: { type: 'string' },
  concurrency: { type: 'string' },
  'retention-s': { type: 'string' },
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
    case 'revoke': {
      const [id, ...more] = operands;
      if (id === undefined || more.length > 0) throw new UsageError('revoke takes the id of one key.');
      return { command, id };
    }
    case undefined:
      throw new UsageError('Say what to do: create, list or revoke.');
    default:
      throw new UsageError(`Unknown command "${command}"; known: create, list, revoke.`);
  }
}

function toNewKey(values: Record<string, unknown>, operands: readonly string[]): NewApiKey {
  if (operands.length > 0) throw new UsageError('create takes no arguments beside its options.');
  const {
    name,
    scopes,
    rpm,
    tpm,
    concurrency,
    'retention-s': retentionSeconds,
  } = optionsSchema.parse(values);
  const kept = retentionSeconds === undefined ? {} : { retentionSeconds };
  return { name, scopes, requestsPerMinute: rpm, tokensPerMinute: tpm, concurrency, ...kept };
}

/** parseArgs throws TypeErrors with a code; of their text the first sentence is enough. */
function toSentence(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof z.ZodError) return error.issues[0]?.message ?? 'The options are not valid.';
  if (error instanceof TypeError && 'code' in error) return `${error.message.split(/\.(?:\s|$)/, 1)[0]}.`;
  throw error;
}
