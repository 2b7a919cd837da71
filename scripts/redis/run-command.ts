import { spawn } from 'node:child_process';

export type CommandOutcome =
  | { readonly outcome: 'done'; readonly stdout: string }
  | { readonly outcome: 'failed'; readonly output: string };

export interface CommandOptions {
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end; a program that is missing, fails or takes too long has `failed`. */
export async function runCommand(
  file: string,
  args: readonly string[],
  { timeoutMs, env }: CommandOptions,
): Promise<CommandOutcome> {
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...env },
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  return new Promise((settle) => {
    child.once('error', (error) => settle({ outcome: 'failed', output: error.message }));
    child.once('close', (code) => {
      if (code === 0) return settle({ outcome: 'done', stdout: `${Buffer.concat(stdout)}`.trim() });
      settle({ outcome: 'failed', output: `${Buffer.concat([...stdout, ...stderr])}`.trim() });
    });
  });
}
