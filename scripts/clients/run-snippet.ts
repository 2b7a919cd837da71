import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Snippet } from './read-snippets.ts';

export interface SnippetRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SnippetPlace {
  /** Where its packages can be found. */
  readonly folder: string;
  /** Of the API that is asked in place of the README's. */
  readonly url: string;
  readonly env: NodeJS.ProcessEnv;
}

const writtenUrl = 'http://127.0.0.1:8080';
const boundMs = 120_000;

/** Runs a snippet as a reader would: files are written, then the program or the command is run, in the folder. */
export async function runSnippet({ client, blocks }: Snippet, place: SnippetPlace): Promise<SnippetRun> {
  const { folder, url, env } = place;
  let command: readonly [string, ...string[]] | undefined;
  for (const { language, text } of blocks) {
    const here = text.replaceAll(writtenUrl, url);
    // The only file that a snippet asks for besides its program.
    if (language === 'json') await writeFile(join(folder, 'opencode.json'), here);
    if (language === 'sh') command = ['sh', '-c', here];
    if (language !== 'ts') continue;
    await writeFile(join(folder, 'snippet.mts'), here);
    command = [process.execPath, 'snippet.mts'];
  }
  if (command === undefined) throw new Error(`The README has nothing to run for ${client}.`);
  return run(command, folder, env);
}

async function run(
  [program, ...args]: readonly [string, ...string[]],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<SnippetRun> {
  // Scripts of packages begin with `env node`: it is to be the one that runs this.
  const PATH = [dirname(process.execPath), env['PATH']].join(delimiter);
  const child = spawn(program, args, {
    cwd,
    env: { ...env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: boundMs,
    killSignal: 'SIGKILL',
  });
  const [stdout, stderr] = [read(child.stdout), read(child.stderr)];
  const [exitCode] = await once(child, 'close');
  return { exitCode, stdout: await stdout, stderr: await stderr };
}

async function read(stream: AsyncIterable<Buffer>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream)).toString();
}
