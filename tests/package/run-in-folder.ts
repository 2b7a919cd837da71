import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';

export interface Ended {
  readonly exitCode: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface InFolder {
  /** Runs a program to its end. */
  run(file: string, ...args: readonly string[]): Promise<Ended>;
  /** As `run`; throws with the output unless it ends with 0. */
  succeed(file: string, ...args: readonly string[]): Promise<string>;
  /** Starts a program that stays. */
  start(file: string, ...args: readonly string[]): ChildProcess;
}

/** Programs as somebody runs them in a project of his own: with this Node and without what npm says of ours. */
export function inFolder(cwd: string, settings: Readonly<Record<string, string>> = {}): InFolder {
  const { PATH = '', HOME = '/tmp', CI, ...rest } = process.env;
  const proxies = Object.entries(rest).filter(([name]) =>
    /^(npm_config_(registry|.*proxy|cafile)|https?_proxy|NODE_EXTRA_CA_CERTS)$/i.test(name),
  );
  const env = {
    ...Object.fromEntries(proxies),
    HOME,
    PATH: `${dirname(process.execPath)}:${PATH.split(':')
      .filter((folder) => !folder.includes('node_modules'))
      .join(':')}`,
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    npm_config_ignore_scripts: 'true',
    ...settings,
  };
  const start = (file: string, ...args: readonly string[]) =>
    spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const run = async (file: string, ...args: readonly string[]): Promise<Ended> => {
    const child = start(file, ...args);
    const [stdout, stderr] = [gather(child.stdout), gather(child.stderr)];
    const [code, signal] = await once(child, 'close');
    return { exitCode: code ?? signal, stdout: stdout(), stderr: stderr() };
  };
  return {
    start,
    run,
    async succeed(file, ...args) {
      const ended = await run(file, ...args);
      if (ended.exitCode !== 0)
        throw new Error(
          `${[file, ...args].join(' ')} ended with ${ended.exitCode}:\n${ended.stdout}${ended.stderr}`,
        );
      return ended.stdout;
    },
  };
}

function gather(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

/** Resolves with the first match in what a program prints; rejects with all of it when the program ends before. */
export async function printed(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let text = '';
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk;
      const match = pattern.exec(text);
      if (match !== null) resolve(match);
    });
  }
  child.once('close', () => reject(new Error(`It ended before it printed ${pattern}:\n${text}`)));
  return promise;
}
