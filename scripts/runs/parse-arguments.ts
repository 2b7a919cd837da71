import { parseArgs } from 'node:util';
import { toRunId } from '@calute/core/completions/responses/response-ids';
import { type RunId, runIdSchema, tenantIdSchema } from '@calute/core/ids';
import { asksForHelp } from '@calute/core/process/asks-for-help';
import type { RunFilter } from '@calute/core/run-store/catalogue/run-catalogue';
import { z } from 'zod';

export type RunsCommand =
  | { readonly command: 'list'; readonly filter: RunFilter; readonly limit: number; readonly after?: RunId }
  | { readonly command: 'show' | 'cancel'; readonly runId: RunId };

export type ParsedArguments =
  | { readonly outcome: 'valid'; readonly command: RunsCommand }
  | { readonly outcome: 'help'; readonly text: string }
  /** What is wrong, in one sentence, and the usage. */
  | { readonly outcome: 'invalid'; readonly messages: readonly [string, string] };

const usage = `usage: npm run runs -- list [--tenant T] [--agent A] [--end live|completed|failed|cancelled] [--limit N] [--after ID]
       npm run runs -- show ID
       npm run runs -- cancel ID`;

const help = `${usage}

list     shows runs, newest first: those that go on, and those that are kept still
show     prints what is known of one, as JSON: its state, its place among those that wait, its usage or its failure
cancel   ends one that goes on

--tenant T   whose: the id of a key, env or local
--agent A    of which agent
--end E      how they ended: completed, failed or cancelled; live: not yet
--limit N    so many, 1 to 1000 (default: 20)
--after ID   those that were made before this one

ID is that of a run, chatcmpl-…, or of its response, resp_…
The Redis is that of REDIS_URL, else that of an \`npm start\` that runs in this folder.`;

class UsageError extends Error {}

const runId = z
  .string()
  .transform((text) => toRunId(text) ?? text)
  .pipe(runIdSchema);

const optionsSchema = z.object({
  tenant: tenantIdSchema.optional().catch(fault('--tenant takes the id of a key, "env" or "local".')),
  agent: z.string().min(1).optional().catch(fault('--agent takes the id of an agent.')),
  end: z
    .enum(['live', 'completed', 'failed', 'cancelled'])
    .optional()
    .catch(fault('--end takes live, completed, failed or cancelled.')),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(20)
    .catch(fault('--limit takes a whole number from 1 to 1000.')),
  after: runId.optional().catch(fault('--after takes the id of a run, chatcmpl-… or resp_….')),
});

const flags = {
  tenant: { type: 'string' },
  agent: { type: 'string' },
  end: { type: 'string' },
  limit: { type: 'string' },
  after: { type: 'string' },
} as const; // because parseArgs derives the types of the values from the literals

/** Reads the command line of `npm run runs`. */
export function parseArguments(args: readonly string[]): ParsedArguments {
  if (asksForHelp(args)) return { outcome: 'help', text: help };
  try {
    return { outcome: 'valid', command: toCommand(args) };
  } catch (error) {
    return { outcome: 'invalid', messages: [toSentence(error), usage] };
  }
}

function toCommand(args: readonly string[]): RunsCommand {
  const { values, positionals } = parseArgs({ args: [...args], options: flags, allowPositionals: true });
  const [command, id, ...more] = positionals;
  if (more.length > 0) throw new UsageError('Too many arguments.');
  if (command === 'show' || command === 'cancel') {
    if (Object.keys(values).length > 0) throw new UsageError('Only list takes options.');
    const parsed = runId.safeParse(id);
    if (parsed.success) return { command, runId: parsed.data };
    throw new UsageError(`${command} takes the id of a run, chatcmpl-… or resp_….`);
  }
  if (command !== 'list')
    throw new UsageError(command === undefined ? 'Say what to do.' : `Unknown command "${command}".`);
  if (id !== undefined) throw new UsageError('list takes no argument beside its options.');
  const { tenant, agent, end, limit, after } = optionsSchema.parse(values);
  const filter = {
    ...(tenant === undefined ? {} : { tenant }),
    ...(agent === undefined ? {} : { agent }),
    ...(end === undefined ? {} : { end }),
  };
  return { command, filter, limit, ...(after === undefined ? {} : { after }) };
}

function fault(message: string): () => never {
  return () => {
    throw new UsageError(message);
  };
}

/** parseArgs throws TypeErrors with a code; of their text the first sentence is enough. */
function toSentence(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof TypeError && 'code' in error) return `${error.message.split(/\.(?:\s|$)/, 1)[0]}.`;
  throw error;
}
