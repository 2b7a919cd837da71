import { createWriteStream, openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { CommandFailure } from '../cli/command-failure.ts';
import { ask, type Server, send } from '../client/server.ts';

const fileSchema = z.object({ id: z.string() });
const purpose = 'files';

/** Uploads the lines of a batch from a file, which is read while it is sent. Gives the id of the server's file. */
export async function uploadFile(server: Server, path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new CommandFailure(`There is no file ${path}.`);
  return uploadBlob(server, await openAsBlob(path), basename(path));
}

export async function uploadBlob(server: Server, blob: Blob, name: string): Promise<string> {
  const form = new FormData();
  form.set('purpose', 'batch');
  form.set('file', blob, name);
  const { id } = await ask(server, '/files', { method: 'POST', body: form, schema: fileSchema, purpose });
  return id;
}

/** Writes a file of the server to a path, or to standard output. */
export async function downloadFile(server: Server, id: string, to: string | undefined): Promise<void> {
  const content = await openContent(server, id);
  if (to === undefined) return pipeline(content, process.stdout, { end: false });
  await pipeline(content, createWriteStream(to));
}

/** The lines of a file of the server, which is read while they are taken. */
export async function* readFileLines(server: Server, id: string): AsyncGenerator<string> {
  for await (const line of createInterface({ input: await openContent(server, id) })) {
    if (line.trim() !== '') yield line;
  }
}

async function openContent(server: Server, id: string): Promise<Readable> {
  const response = await send(server, `/files/${encodeURIComponent(id)}/content`, { purpose });
  return response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
}
