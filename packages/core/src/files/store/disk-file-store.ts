import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { addAbortSignal, Readable } from 'node:stream';
import type { BlobName, ByteRange, FileStore } from './file-store.ts';
import { toDiskFault } from './file-store-fault.ts';

/** Fewer, larger reads: half the time of Node's 64 KiB. */
const chunkBytes = 256 * 1024;

/** Keeps each blob as a file below `folder`, which several machines may share. */
export function createDiskFileStore(folder: string): FileStore {
  const root = resolve(folder);
  const incoming = join(root, 'incoming');
  const homeOf = (name: BlobName) => join(root, name.slice(0, 2));
  return {
    place: root,
    identify: () => orDiskFault(readOrMakeName(root, incoming)),
    async write(name, source, signal) {
      const unfinished = join(incoming, name);
      try {
        const bytes = await writeDurably(unfinished, source, signal);
        await orDiskFault(moveInto(homeOf(name), { name, unfinished }));
        return bytes;
      } catch (error) {
        await rm(unfinished, { force: true }).catch(() => undefined); // because the write's own failure is the one to tell
        signal.throwIfAborted();
        throw error;
      }
    },
    read: (name, range, signal) => orDiskFault(openRange(join(homeOf(name), name), range, signal)),
    async remove(names) {
      const paths = names.flatMap((name) => [join(homeOf(name), name), join(incoming, name)]);
      for (const path of paths) await orDiskFault(rm(path, { force: true }));
    },
    close() {},
  };
}

/** A folder is known by what the first process wrote into it. */
async function readOrMakeName(root: string, incoming: string): Promise<string> {
  await mkdir(incoming, { recursive: true });
  const file = join(root, 'store-id');
  // In one step, so that of two processes that start together both read the same.
  const draft = `${file}-${randomUUID()}`;
  await writeFile(draft, randomUUID(), { flush: true });
  try {
    await link(draft, file);
  } catch (error) {
    // Some network folders have no links; there the last of those that start together wins.
    if (!isThere(error)) await rename(draft, file);
  }
  await rm(draft, { force: true });
  return await readFile(file, 'utf8');
}

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

/** Not by `pipeline`, which does not tell whose fault a failure is. */
async function writeDurably(path: string, source: Readable, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  await using file = await orDiskFault(open(path, 'wx'));
  signal.throwIfAborted();
  let bytes = 0;
  // Not before: an abort makes the source fail, and that needs somebody who listens.
  addAbortSignal(signal, source);
  for await (const chunk of source as AsyncIterable<Buffer>) {
    await orDiskFault(file.writeFile(chunk)); // because the source is one of bytes
    bytes += chunk.length;
  }
  await orDiskFault(file.sync());
  return bytes;
}

interface Finished {
  readonly name: BlobName;
  readonly unfinished: string;
}

/** The name of a file is durable only once its folder is. */
async function moveInto(home: string, { name, unfinished }: Finished): Promise<void> {
  await mkdir(home, { recursive: true });
  await rename(unfinished, join(home, name));
  await using directory = await open(home, 'r');
  await directory.sync();
}

async function openRange(path: string, { start, end }: ByteRange, signal?: AbortSignal): Promise<Readable> {
  const file = await open(path, 'r');
  if (end <= start) {
    await file.close();
    return Readable.from([]);
  }
  const options = { start, end: end - 1, highWaterMark: chunkBytes };
  return file.createReadStream(signal === undefined ? options : { ...options, signal });
}

async function orDiskFault<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw toDiskFault(error);
  }
}
