import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ChildReport, LoadOrder, Sample } from '../processes/protocol.ts';

/** A process of the benchmark that is ready. Disposing ends it. */
export interface BenchProcess<Order extends object = never> extends AsyncDisposable {
  readonly pid: number;
  /** Where it listens, if it does. */
  readonly url: string;
  /** Where its admin port listens, if it has one. */
  readonly admin: string | undefined;
  /** Gives a process that takes them its order; resolves with what it then reports. Throws what it has failed with. */
  order(order: Order): Promise<Exclude<ChildReport, { type: 'fault' }>>;
}

export interface StartProcessOptions {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
  /** Where its output goes. */
  readonly logDir: string;
}

const readyMs = 30_000;
const stopMs = 10_000;

/** Forks `file` and waits until it says that it is ready. Throws with the path of its log when it does not. */
export async function startProcess<Order extends object = never>(
  options: StartProcessOptions,
): Promise<BenchProcess<Order>> {
  const { file, env, execArgv = [], logDir } = options;
  const logPath = join(logDir, `${basename(join(file, '..'))}-${basename(file, '.ts')}.log`);
  const log = await open(logPath, 'a');
  const { PATH = '', NODE_COMPILE_CACHE } = process.env;
  const cache = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
  const child = fork(file, {
    env: { PATH, NODE_ENV: 'production', ...cache, ...env },
    execArgv: [...execArgv],
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  const exited = once(child, 'exit').then(() => undefined);
  await log.close();
  const stop = () => endChild(child, exited);
  try {
    const { url = '', admin } = await readyOf(child, exited);
    return {
      pid: child.pid ?? 0,
      url,
      admin,
      order: (order) => giveOrder(child, order, exited),
      [Symbol.asyncDispose]: stop,
    };
  } catch (cause) {
    await stop();
    throw new Error(`${file} did not start, see ${logPath}`, { cause });
  }
}

interface ReadyMessage {
  readonly type?: string;
  readonly url?: string;
  readonly admin?: string;
}

async function readyOf(child: ChildProcess, exited: Promise<void>): Promise<ReadyMessage> {
  const ready = once(child, 'message', { signal: AbortSignal.timeout(readyMs) });
  const first = await Promise.race([ready, exited]);
  const message: ReadyMessage | undefined = first?.[0];
  if (message?.type !== 'ready') throw new Error('It is not ready.');
  return message;
}

async function giveOrder(child: ChildProcess, order: object, exited: Promise<void>) {
  const answered = once(child, 'message');
  child.send(order);
  const [report]: ChildReport[] = (await Promise.race([answered, exited])) ?? [];
  if (report === undefined) throw new Error(`${child.spawnargs.at(-1)} ended without a report`);
  if (report.type === 'fault') throw new Error(report.message);
  return report;
}

async function endChild(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await exited;
  clearTimeout(force);
}

/** Orders load and gives what was seen. */
export async function measureLoad(
  loader: BenchProcess<LoadOrder>,
  order: Extract<LoadOrder, { type: 'load' }>,
): Promise<Sample> {
  const report = await loader.order(order);
  if (report.type !== 'sample') throw new Error(`unexpected report ${report.type}`);
  return report.sample;
}
