import { z } from 'zod';
import { formatTable } from '../../../../scripts/operator/format-table.ts';
import { askOnce } from '../chat/ask-once.ts';
import { toJson } from '../chat/chat-command.ts';
import { summarise } from '../chat/converse.ts';
import { onProcessInterrupt } from '../chat/process-interrupt.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../cli/command-failure.ts';
import { describeItem, toCell, toTime } from '../cli/describe-item.ts';
import type { Terminal } from '../cli/terminal.ts';
import { type ListOptions, readList } from '../client/read-list.ts';
import { ask, type Server } from '../client/server.ts';

export interface RemoteParts {
  readonly server: Server;
  readonly terminal: Terminal;
  readonly json: boolean;
}

const path = '/chat/completions';

export async function listRuns(
  options: ListOptions & { readonly model?: string },
  { server, terminal, json }: RemoteParts,
): Promise<ExitCode> {
  const query = { limit: options.limit, after: options.after, model: options.model };
  const { items, more } = await readList(server, path, { query, purpose: 'list of runs' });
  if (json) {
    for (const item of items) terminal.json(item);
    return exitCodes.done;
  }
  if (items.length === 0)
    terminal.note('There are no runs that were asked for with "store": true; the console shows all.\n');
  else {
    const rows = items.map((run) => [
      run.id,
      toCell(run['model']),
      toCell(run['status'] ?? finishReasonOf(run)),
      toTime(run['created']),
    ]);
    terminal.write(`${formatTable([['RUN', 'MODEL', 'END', 'CREATED'], ...rows])}\n`);
  }
  if (more !== undefined) terminal.note(`${more}\n`);
  return exitCodes.done;
}

const runSchema = z.looseObject({ id: z.string() });

export async function showRun(id: string, { server, terminal, json }: RemoteParts): Promise<ExitCode> {
  const run = await ask(server, `${path}/${toId(id)}`, {
    schema: runSchema,
    purpose: 'way to look at a run',
  });
  if (json) terminal.json(run);
  else terminal.write(describeItem(run));
  return exitCodes.done;
}

/** Shows what a run says, from its beginning or after an event, to its end. Ctrl-C stops reading and leaves the run alone. */
export async function followRun(
  id: string,
  { after, ...parts }: RemoteParts & { readonly after?: string },
): Promise<ExitCode> {
  const { server, terminal, json } = parts;
  if (after !== undefined && !/^\d{1,15}$/.test(after))
    throw new CommandFailure('--after takes the number of an event.', exitCodes.usage);
  const source = { runId: toId(id), after: Number(after ?? 0) };
  // Whoever follows is not who asked: leaving is all that Ctrl-C may do.
  const onInterrupt = () => onProcessInterrupt(() => process.exit(exitCodes.interrupted));
  const ended = await askOnce(source, { server, terminal, isQuiet: json, onInterrupt });
  if (ended.outcome === 'cancelled') return exitCodes.interrupted;
  if (json) terminal.json(toJson(undefined, ended.answer));
  else if (terminal.isWatched) terminal.note(`${terminal.dim(summarise(ended.answer))}\n`);
  return exitCodes.done;
}

const cancelledSchema = z.looseObject({ id: z.string(), status: z.string() });

export async function cancelRun(id: string, { server, terminal, json }: RemoteParts): Promise<ExitCode> {
  const request = { method: 'POST', schema: cancelledSchema } as const; // because the method is one of three
  const run = await ask(server, `${path}/${toId(id)}/cancel`, request);
  if (json) terminal.json(run);
  else terminal.write(`${run.id} ${toCell(run.status)}\n`);
  return exitCodes.done;
}

function toId(id: string): string {
  return encodeURIComponent(id);
}

function finishReasonOf({ choices }: Readonly<Record<string, unknown>>): unknown {
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  return typeof first === 'object' && first !== null && 'finish_reason' in first
    ? first.finish_reason
    : undefined;
}
