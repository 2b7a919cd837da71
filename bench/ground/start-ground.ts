import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadOrder } from '../processes/protocol.ts';
import { type BenchProcess, type StartProcessOptions, startProcess } from './start-process.ts';

/** What every peer is started with; `stack` ends what was started, last first. */
export interface BenchGround {
  readonly stack: AsyncDisposableStack;
  /** A new folder of this run. */
  readonly dir: string;
  /** The redis-server program. */
  readonly redisProgram: string;
  readonly upstreamUrl: string;
  readonly loader: BenchProcess<LoadOrder>;
}

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The mock upstream and the load generator, which all peers share. */
export async function startGround(
  stack: AsyncDisposableStack,
  { dir, redisProgram }: { readonly dir: string; readonly redisProgram: string },
): Promise<BenchGround> {
  const upstream = await startOn({ stack, dir }, { file: 'bench/processes/upstream/main.ts' });
  const loader = await startOn<LoadOrder>({ stack, dir }, { file: 'bench/processes/load/main.ts' });
  return { stack, dir, redisProgram, upstreamUrl: upstream.url, loader };
}

/** Starts a file of the repository, to be ended with the ground. */
export async function startOn<Order extends object = never>(
  { stack, dir }: Pick<BenchGround, 'stack' | 'dir'>,
  { file, env = {}, execArgv = [] }: Pick<StartProcessOptions, 'file'> & Partial<StartProcessOptions>,
): Promise<BenchProcess<Order>> {
  return stack.use(await startProcess<Order>({ file: join(root, file), env, execArgv, logDir: dir }));
}
