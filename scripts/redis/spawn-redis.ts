import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '@calute/core/process/start-error';
import { awaitPong } from './await-pong.ts';
import type { RedisCommand } from './redis-command.ts';

/** A running Redis process. */
export interface RedisProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends it in order, by force after a bound. Idempotent. */
  stop(): Promise<void>;
}

export interface SpawnOptions {
  readonly command: RedisCommand;
  readonly port: number;
  /** Where `redis.log` is written. */
  readonly logDir: string;
}

const stopMs = 10_000;
const lastLines = 5;

/** Starts Redis and waits until it serves. Throws StartError with its last log lines when it ends before. */
export async function spawnRedis({ command, port, logDir }: SpawnOptions): Promise<RedisProcess> {
  await mkdir(logDir, { recursive: true });
  const logPath = join(logDir, 'redis.log');
  const log = await open(logPath, 'w');
  // Its own process group: Ctrl-C in a terminal reaches every process of the group, and Redis has to outlive the drain.
  const child = spawn(command.file, command.args, { stdio: ['ignore', log.fd, log.fd], detached: true });
  const ended = once(child, 'exit').then(
    () => undefined,
    () => undefined,
  );
  await log.close();
  const stop = async () => {
    child.kill('SIGTERM');
    await endWithin(ended, stopMs, () => child.kill('SIGKILL'));
    await command.cleanUp?.();
  };
  const url = `redis://127.0.0.1:${port}`;
  try {
    await serves(url, ended, command.startMs);
  } catch (cause) {
    await stop();
    throw new StartError(`Redis did not start (${command.file}): ${await lastLogLines(logPath)}`, {
      cause,
    });
  }
  return { url, port, pid: child.pid ?? 0, ended, stop };
}

async function serves(url: string, ended: Promise<void>, startMs: number): Promise<void> {
  const early = new AbortController();
  const signal = AbortSignal.any([early.signal, AbortSignal.timeout(startMs)]);
  void ended.then(() => early.abort(new Error('It ended early.')));
  await awaitPong(url, signal);
}

/** Waits for the end of a process and calls `force` when that takes longer than `boundMs`. */
export async function endWithin(ended: Promise<void>, boundMs: number, force: () => void): Promise<void> {
  const timer = setTimeout(force, boundMs);
  try {
    await ended;
  } finally {
    clearTimeout(timer);
  }
}

async function lastLogLines(path: string): Promise<string> {
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  return lines.slice(-lastLines).join('\n') || 'it wrote no log';
}
