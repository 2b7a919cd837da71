import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type CommandResult, failure, formatTime, success } from '../operator/command-result.ts';
import { formatTable } from '../operator/format-table.ts';
import { type BatchClient, type BatchState, RequestFailed } from './batch-client.ts';
import type { BatchCommand } from './parse-arguments.ts';
import { waitForBatch } from './wait-for-batch.ts';
import { writeRequests } from './write-requests.ts';

export interface BatchStreams {
  readonly out: NodeJS.WriteStream;
  readonly error: NodeJS.WriteStream;
}

/** Does what the command line asks for. What a person can act on is a failure, anything else is thrown. */
export async function runCommand(
  command: BatchCommand,
  client: BatchClient,
  streams: BatchStreams,
): Promise<CommandResult> {
  try {
    return await run(command, client, streams);
  } catch (error) {
    if (error instanceof RequestFailed) return failure(error.message);
    // What the system says of a path.
    if (error instanceof Error && 'syscall' in error) return failure(`${error.message}.`);
    throw error;
  }
}

async function run(
  command: BatchCommand,
  client: BatchClient,
  streams: BatchStreams,
): Promise<CommandResult> {
  switch (command.command) {
    case 'submit': {
      const batch = await submit(command, client);
      return await tell(batch, { wait: command.wait, client, streams });
    }
    case 'retry-failed': {
      const batch = await client.retry(command.id);
      return await tell(batch, { wait: command.wait, client, streams });
    }
    case 'status': {
      const batch = await client.get(command.id);
      return command.wait
        ? await tell(batch, { wait: true, client, streams })
        : success(describe([batch]), ...faultsOf(batch));
    }
    case 'list':
      return success(describe(await Array.fromAsync(client.list())));
    case 'cancel':
      return success(describe([await client.cancel(command.id)]));
    case 'results':
      return await printResults(command, client, streams);
  }
}

async function submit(
  { path, model, prompts, window }: Extract<BatchCommand, { command: 'submit' }>,
  client: BatchClient,
): Promise<BatchState> {
  if (model === undefined) return await client.create(await client.upload(path), window);
  const folder = await mkdtemp(join(tmpdir(), 'calute-batch-'));
  try {
    const to = join(folder, 'requests.jsonl');
    await writeRequests({ from: path, to, model, prompts });
    return await client.create(await client.upload(to), window);
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface TellOptions {
  readonly wait: boolean;
  readonly client: BatchClient;
  readonly streams: BatchStreams;
}

/** The id stands alone on standard output, for scripts. */
async function tell(made: BatchState, { wait, client, streams }: TellOptions): Promise<CommandResult> {
  if (!wait) return success(made.id);
  const batch = await waitForBatch(client, made.id, { out: streams.error });
  const { failed } = batch.request_counts;
  const isGood = batch.status === 'completed' && failed === 0;
  return { output: batch.id, messages: faultsOf(batch), exitCode: isGood ? 0 : 1 };
}

async function printResults(
  { id, errors }: Extract<BatchCommand, { command: 'results' }>,
  client: BatchClient,
  { out }: BatchStreams,
): Promise<CommandResult> {
  const batch = await client.get(id);
  const file = errors ? batch.error_file_id : batch.output_file_id;
  if (file === null)
    return success('', `This batch has no ${errors ? 'errors' : 'results'} yet; it is ${batch.status}.`);
  await pipeline(await client.content(file), out, { end: false });
  return success('');
}

function describe(batches: readonly BatchState[]): string {
  const rows = batches.map(({ id, status, created_at: createdAt, request_counts: counts }) => [
    id,
    status,
    formatTime(createdAt * 1000),
    `${counts.completed + counts.failed}/${counts.total}`,
    `${counts.failed}`,
  ]);
  return formatTable([['id', 'status', 'created', 'done', 'failed'], ...rows]);
}

function faultsOf({ errors }: BatchState): string[] {
  return (errors?.data ?? []).map(({ line, message }) =>
    line === null ? message : `Line ${line}: ${message}`,
  );
}
