import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import { CommanderError } from 'commander';
import { z } from 'zod';
import { CommandFailure, type ExitCode, exitCodes } from './command-failure.ts';
import { createProgram } from './create-program.ts';
import { openTerminal } from './terminal.ts';

process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<ExitCode> {
  const dotenv = join(process.cwd(), '.env');
  if (existsSync(dotenv)) loadEnvFile(dotenv);
  let ended: ExitCode = exitCodes.done;
  // A reader that has seen enough, as `head`, is no failure.
  process.stdout.on('error', () => process.exit(ended));
  const program = createProgram({
    version: readVersion(),
    env: process.env,
    terminal: openTerminal(),
    end(exitCode) {
      ended = exitCode;
    },
  });
  try {
    await program.parseAsync([...argv]);
    return ended;
  } catch (error) {
    return explain(error);
  }
}

/** What went wrong as one sentence; anything that is not expected keeps its stack. */
function explain(error: unknown): ExitCode {
  // It has printed its sentence, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof CommandFailure) {
    process.stderr.write(`calute: ${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return exitCodes.failed;
}

function readVersion(): string {
  // The nearest one: that of the workspace in a checkout, that of the package else.
  for (const up of ['../../package.json', '../../../../../package.json']) {
    const file = new URL(up, import.meta.url);
    if (existsSync(file))
      return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
  }
  throw new Error('The package has no package.json.');
}
