import { once } from 'node:events';
import { readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { StartError } from '@calute/core/process/start-error';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { endWithin, type RedisProcess } from './spawn-redis.ts';

const recordSchema = z.object({ pid: z.number(), port: z.number() });
const answerMs = 2000;
const stopMs = 10_000;

/** Where the server of this folder keeps its data. */
export function dataDirOf(dir: string): string {
  return join(dir, 'redis');
}

/** Notes where the server of this folder is: for a later start, if this one is killed, and for the other commands. */
export async function rememberRedis(dir: string, { url, pid, port }: RedisProcess): Promise<void> {
  await writeFile(recordPath(dir), JSON.stringify({ url, pid, port }));
}

export async function forgetRedis(dir: string): Promise<void> {
  await rm(recordPath(dir), { force: true });
}

/**
 * The server that a killed start has left with the data of this folder: a second one on the same data would destroy them.
 * Undefined when there is none; throws StartError when it runs and does not answer.
 */
export async function adoptRedis(dir: string): Promise<RedisProcess | undefined> {
  const record = await readRecord(dir);
  if (record === undefined) return undefined;
  const socket = await open(record.port);
  if (socket === undefined) return undefined;
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const answer = await firstAnswer(socket);
  if (answer === undefined) {
    socket.destroy();
    throw new StartError(
      `The Redis of an earlier start (process ${record.pid}, port ${record.port}) does not answer: end that process and start again.`,
    );
  }
  const pid = answer.startsWith('+PONG') ? await serverOf(dir, record.port) : undefined;
  if (pid === undefined) return void socket.destroy();
  return {
    url: `redis://127.0.0.1:${record.port}`,
    port: record.port,
    pid,
    // A connection that nothing is sent on stands until the process ends.
    ended,
    async stop() {
      signal(pid, 'SIGTERM');
      await endWithin(ended, stopMs, () => signal(pid, 'SIGKILL'));
    },
  };
}

/** What the program at the other end says to a PING; empty when it hangs up, undefined when it says nothing in time. */
async function firstAnswer(socket: Socket): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const timer = setTimeout(() => resolve(undefined), answerMs);
  socket.once('data', (data) => resolve(`${data}`));
  socket.once('close', () => resolve(''));
  socket.write('PING\r\n');
  return promise.finally(() => clearTimeout(timer));
}

/** The process id of the server at this port if it keeps the data of this folder. */
async function serverOf(dir: string, port: number): Promise<number | undefined> {
  const redis = new Redis({ port, host: '127.0.0.1', commandTimeout: answerMs, enableReadyCheck: false });
  redis.on('error', () => undefined);
  try {
    const [, dataDir] = z.tuple([z.string(), z.string()]).parse(await redis.config('GET', 'dir'));
    if ((await realpath(dataDir)) !== (await realpath(dataDirOf(dir)))) return undefined;
    return Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]);
  } catch {
    // Its data lie in a folder that is not here, or it lets nobody ask: it is not the one of this folder.
    return undefined;
  } finally {
    redis.disconnect();
  }
}

async function open(port: number): Promise<Socket | undefined> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return socket.on('error', () => undefined);
  } catch {
    return undefined;
  }
}

async function readRecord(dir: string): Promise<z.infer<typeof recordSchema> | undefined> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(recordPath(dir), 'utf8')));
  } catch {
    return undefined;
  }
}

function recordPath(dir: string): string {
  return join(dir, 'redis.json');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in this moment.
  }
}
