import { setTimeout as wait } from 'node:timers/promises';
import { formatTable } from '../../../../scripts/operator/format-table.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../cli/command-failure.ts';
import { describeItem, toCell, toTime } from '../cli/describe-item.ts';
import { type ListOptions, readList } from '../client/read-list.ts';
import { ask, type Server, ServerRefusal } from '../client/server.ts';
import type { RemoteParts } from '../runs/runs-commands.ts';
import { downloadFile, uploadFile } from './batch-files.ts';
import { type Batch, batchSchema, describeProgress, hasEnded } from './batch-record.ts';
import { uploadUnanswered } from './retry-batch.ts';

const purpose = 'batches';
const lookEveryMs = 2000;

export interface CreateOptions {
  readonly endpoint: string;
  readonly window: string;
  /** `name=value` pairs. */
  readonly metadata: readonly string[];
  readonly wait?: boolean;
}

/** Uploads a file of lines and makes a batch of it. */
export async function createBatch(
  file: string,
  options: CreateOptions,
  parts: RemoteParts,
): Promise<ExitCode> {
  const metadata = readPairs(options.metadata);
  const fileId = await uploadFile(parts.server, file);
  const batch = await postBatch(parts.server, { fileId, ...options, metadata });
  return tell(batch, options.wait === true, parts);
}

/** Makes a batch of the lines of another one that have no answer. */
export async function retryBatch(
  id: string,
  options: { readonly wait?: boolean },
  parts: RemoteParts,
): Promise<ExitCode> {
  const made = (await askForRetry(parts.server, id)) ?? (await sendAgain(id, parts));
  return tell(made, options.wait === true, parts);
}

/** Undefined when the server does not know how, as OpenAI's. */
async function askForRetry(server: Server, id: string): Promise<Batch | undefined> {
  try {
    return await ask(server, `/batches/${encodeURIComponent(id)}/retry`, {
      method: 'POST',
      schema: batchSchema,
    });
  } catch (error) {
    const isUnknown = error instanceof ServerRefusal && [404, 405].includes(error.status);
    // A batch that is not there is said to be by what comes next.
    if (isUnknown) return undefined;
    throw error;
  }
}

async function sendAgain(id: string, { server, terminal }: RemoteParts): Promise<Batch> {
  const old = await readBatch(server, id);
  const { fileId, lines } = await uploadUnanswered(server, old);
  terminal.note(`${lines} lines of ${old.id} are sent again.\n`);
  const metadata = { retry_of: old.id };
  return postBatch(server, { fileId, endpoint: old.endpoint, window: '24h', metadata });
}

export async function listBatches(
  options: ListOptions,
  { server, terminal, json }: RemoteParts,
): Promise<ExitCode> {
  const query = { limit: options.limit, after: options.after };
  const { items, more } = await readList(server, '/batches', { query, purpose });
  if (json) {
    for (const item of items) terminal.json(item);
    return exitCodes.done;
  }
  if (items.length === 0) terminal.note('There are no batches.\n');
  else {
    const rows = items
      .map((item) => batchSchema.parse(item))
      .map((batch) => [
        batch.id,
        toCell(batch.endpoint),
        toCell(describeProgress(batch, Date.now())),
        toTime(batch.created_at),
      ]);
    terminal.write(`${formatTable([['BATCH', 'ENDPOINT', 'PROGRESS', 'CREATED'], ...rows])}\n`);
  }
  if (more !== undefined) terminal.note(`${more}\n`);
  return exitCodes.done;
}

export async function showBatch(
  id: string,
  options: { readonly wait?: boolean },
  parts: RemoteParts,
): Promise<ExitCode> {
  const batch = await readBatch(parts.server, id);
  if (options.wait) return tell(batch, true, parts);
  if (parts.json) parts.terminal.json(batch);
  else parts.terminal.write(describeItem(batch));
  return exitCodes.done;
}

export async function cancelBatch(id: string, { server, terminal, json }: RemoteParts): Promise<ExitCode> {
  const path = `/batches/${encodeURIComponent(id)}/cancel`;
  const batch = await ask(server, path, { method: 'POST', schema: batchSchema, purpose });
  if (json) terminal.json(batch);
  else terminal.write(`${batch.id} ${toCell(batch.status)}\n`);
  return exitCodes.done;
}

/** Writes the answers of a batch, or the lines that failed, to standard output or a file. */
export async function fetchResults(
  id: string,
  options: { readonly errors?: boolean; readonly output?: string },
  { server, terminal }: RemoteParts,
): Promise<ExitCode> {
  const batch = await readBatch(server, id);
  const fileId = options.errors ? batch.error_file_id : batch.output_file_id;
  if (!fileId) {
    const what = options.errors ? 'no lines that failed' : 'no answers';
    terminal.note(`${batch.id} has ${what} yet (${describeProgress(batch, Date.now())}).\n`);
    return exitCodes.failed;
  }
  await downloadFile(server, fileId, options.output);
  return exitCodes.done;
}

function readBatch(server: Server, id: string): Promise<Batch> {
  return ask(server, `/batches/${encodeURIComponent(id)}`, { schema: batchSchema, purpose });
}

interface NewBatch {
  readonly fileId: string;
  readonly endpoint: string;
  readonly window: string;
  readonly metadata: Readonly<Record<string, string>>;
}

function postBatch(server: Server, { fileId, endpoint, window, metadata }: NewBatch): Promise<Batch> {
  const named = Object.keys(metadata).length === 0 ? {} : { metadata };
  const body = { input_file_id: fileId, endpoint, completion_window: window, ...named };
  return ask(server, '/batches', { method: 'POST', body, schema: batchSchema, purpose });
}

/** Prints the id, or waits for the end and says how it went. */
async function tell(
  first: Batch,
  isWaiting: boolean,
  { server, terminal, json }: RemoteParts,
): Promise<ExitCode> {
  let batch = first;
  let said = '';
  while (isWaiting && !hasEnded(batch)) {
    const line = describeProgress(batch, Date.now());
    if (line !== said) terminal.note(`${line}\n`);
    said = line;
    await wait(lookEveryMs);
    batch = await readBatch(server, batch.id);
  }
  if (json) terminal.json(batch);
  else {
    terminal.write(`${batch.id}\n`);
    terminal.note(`${describeProgress(batch, Date.now())}\n`);
    for (const { line, message } of batch.errors?.data ?? [])
      terminal.note(`${line ? `line ${line}: ` : ''}${toCell(message)}\n`);
  }
  const isGood = batch.status === 'completed' && batch.request_counts?.failed === 0;
  return !isWaiting || isGood ? exitCodes.done : exitCodes.failed;
}

function readPairs(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new CommandFailure(`--metadata takes name=value, not "${pair}".`, exitCodes.usage);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
