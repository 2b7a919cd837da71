import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';

const holderSchema = z.object({ pid: z.number(), port: z.number(), token: z.string() });
type Holder = z.infer<typeof holderSchema>;

export type FolderLock =
  | { readonly outcome: 'locked'; release(): Promise<void> }
  | { readonly outcome: 'held'; readonly pid: number };

const answerMs = 1000;
/** A file without content is being written, or its writer died in that moment. */
const writingMs = 100;

/**
 * Takes the lock file of a folder, at most one process at a time. A process id alone proves nothing (containers give the
 * same few again and again), so the holder answers on a port of loopback with the token that stands in the file. Not a
 * lock that goes by the age of its file, like proper-lockfile: a start after a kill would wait for seconds, and the holder
 * on a machine that slept would be robbed: two servers on one append-only file.
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const path = join(dir, 'start.lock');
  const token = randomUUID();
  const server = createServer((socket) => socket.on('error', () => undefined).end(token)).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const close = async () => {
    server.close();
    await once(server, 'close');
  };
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const holder = await take(path, { pid: process.pid, port, token });
  if (holder.token !== token) {
    await close();
    return { outcome: 'held', pid: holder.pid };
  }
  return {
    outcome: 'locked',
    async release() {
      if (!server.listening) return;
      await rm(path, { force: true });
      await close();
    },
  };
}

/** Returns who holds the lock afterwards. */
async function take(path: string, own: Holder): Promise<Holder> {
  while (true) {
    if (await create(path, own)) return own;
    const holder = (await read(path)) ?? (await wait(writingMs).then(() => read(path)));
    if (holder !== undefined && (await answers(holder))) return holder;
    // Renamed and not deleted, so that of two processes that find a dead holder only one removes its file.
    await rename(path, `${path}.${own.token}`).catch(() => undefined);
    const removed = await read(`${path}.${own.token}`);
    await rm(`${path}.${own.token}`, { force: true });
    // The other one was faster and this was already its file.
    if (removed !== undefined && removed.token !== holder?.token) await create(path, removed);
  }
}

function create(path: string, holder: Holder): Promise<boolean> {
  return writeFile(path, JSON.stringify(holder), { flag: 'wx' }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return false;
    },
  );
}

async function read(path: string): Promise<Holder | undefined> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

async function answers({ port, token }: Holder): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port, timeout: answerMs });
  socket.on('timeout', () => socket.destroy());
  socket.setEncoding('utf8');
  let answer = '';
  socket.on('data', (text: string) => {
    answer += text;
  });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve)); // because events.once rejects on `error`
  return answer === token;
}
