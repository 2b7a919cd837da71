import { createWriteStream, openAsBlob } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { CommandFailure } from '../cli/command-failure.ts';
import { ask, type Server, send } from '../client/server.ts';
import { type WriteRequestsOptions, writeRequests } from './write-requests.ts';

const fileSchema = z.object({ id: z.string() });
const purpose = 'files';

/** Uploads the lines of a batch from a file, which is read while it is sent. Gives the id of the server's file. */
export async function uploadFile(server: Server, path: string): Promise<string> {
  await assertFile(path);
  const form = new FormData();
  form.set('purpose', 'batch');
  form.set('file', await openAsBlob(path), basename(path));
  const { id } = await ask(server, '/files', { method: 'POST', body: form, schema: fileSchema, purpose });
  return id;
}

/** Uploads the requests that the lines of a file stand for. */
export async function uploadRequests(
  server: Server,
  lines: Omit<WriteRequestsOptions, 'to'>,
): Promise<string> {
  await assertFile(lines.from);
  const folder = await mkdtemp(join(tmpdir(), 'calute-batch-'));
  try {
    const to = join(folder, 'requests.jsonl');
    await writeRequests({ ...lines, to });
    return await uploadFile(server, to);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function assertFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new CommandFailure(`There is no file ${path}.`);
}

/** Writes a file of the server to a path, or to standard output. */
export async function downloadFile(server: Server, id: string, to: string | undefined): Promise<void> {
  const content = await openContent(server, id);
  if (to === undefined) return pipeline(content, process.stdout, { end: false });
  await pipeline(content, createWriteStream(to));
}

async function openContent(server: Server, id: string): Promise<Readable> {
  const response = await send(server, `/files/${encodeURIComponent(id)}/content`, { purpose });
  return response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
}
