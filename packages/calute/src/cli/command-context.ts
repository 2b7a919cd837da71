import type { Command } from 'commander';
import { findServer, type Server, type ServerOptions } from '../client/server.ts';
import type { ExitCode } from './command-failure.ts';
import type { Terminal } from './terminal.ts';

/** What the commands of one process share. */
export interface CommandContext {
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly terminal: Terminal;
  /** Says how the command has ended; without it, with 0. */
  end(exitCode: ExitCode): void;
}

export interface JsonOption {
  readonly json?: boolean;
}

export type RemoteOptions = ServerOptions & JsonOption;

/** Gives a command that talks to a server the options for which one. */
export function talksToServer(command: Command): Command {
  return command
    .option('--url <url>', 'the server (default: CALUTE_URL, else http://127.0.0.1:8080)')
    .option('--key <secret>', 'the API key (default: CALUTE_API_KEY)')
    .option('--json', 'print JSON, one value a line');
}

/** What a command that talks to a server is run with. */
export function toRemote(
  options: RemoteOptions,
  { env, terminal }: CommandContext,
): { readonly server: Server; readonly terminal: Terminal; readonly json: boolean } {
  return { server: findServer(options, env), terminal, json: options.json === true };
}

/** Gathers an option that may be given many times. */
export function gather(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
