import { formatTable } from '../../../../scripts/operator/format-table.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../cli/command-failure.ts';
import { describeItem, toCell, toTime } from '../cli/describe-item.ts';
import { type ListOptions, readList } from '../client/read-list.ts';
import { ask, type Server } from '../client/server.ts';
import type { RemoteParts } from '../runs/runs-commands.ts';
import { downloadFile, uploadFile, uploadRequests } from './batch-files.ts';
import { type Batch, batchSchema, describeProgress } from './batch-record.ts';
import { waitForBatch } from './wait-for-batch.ts';

const purpose = 'batches';

export interface SubmitOptions {
  readonly endpoint: string;
  readonly window: string;
  /** `name=value` pairs. */
  readonly metadata: readonly string[];
  /** Of lines that name none. */
  readonly model?: string;
  /** Whether the lines of the file are prompts. */
  readonly prompts?: boolean;
  readonly wait?: boolean;
}

/** Uploads a file of lines and makes a batch of it. */
export async function submitBatch(
  file: string,
  options: SubmitOptions,
  parts: RemoteParts,
): Promise<ExitCode> {
  const { endpoint, window, model, prompts = false } = options;
  const metadata = readPairs(options.metadata);
  if (prompts && model === undefined) throw new CommandFailure('--prompts needs --model.', exitCodes.usage);
  const fileId =
    model === undefined
      ? await uploadFile(parts.server, file)
      : await uploadRequests(parts.server, { from: file, endpoint, model, prompts });
  const named = Object.keys(metadata).length === 0 ? {} : { metadata };
  const body = { input_file_id: fileId, endpoint, completion_window: window, ...named };
  const batch = await ask(parts.server, '/batches', { method: 'POST', body, schema: batchSchema, purpose });
  return tell(batch, options.wait === true, parts);
}

/** Makes a batch of the lines of another one that have failed. */
export async function retryFailed(
  id: string,
  options: { readonly wait?: boolean },
  parts: RemoteParts,
): Promise<ExitCode> {
  return tell(await act(parts.server, id, 'retry'), options.wait === true, parts);
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
  const batch = await act(server, id, 'cancel');
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

function act(server: Server, id: string, action: 'cancel' | 'retry'): Promise<Batch> {
  const path = `/batches/${encodeURIComponent(id)}/${action}`;
  return ask(server, path, { method: 'POST', schema: batchSchema, purpose });
}

/** Prints the id, or waits for the end and says how it went. */
async function tell(
  first: Batch,
  isWaiting: boolean,
  { server, terminal, json }: RemoteParts,
): Promise<ExitCode> {
  const read = (id: string) => readBatch(server, id);
  const batch = isWaiting ? await waitForBatch(first, read, terminal) : first;
  if (json) terminal.json(batch);
  else {
    terminal.write(`${batch.id}\n`);
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
