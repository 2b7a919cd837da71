/** What a command of an operator has to say. */
export interface CommandResult {
  /** For standard output: what a script would want to read. */
  readonly output: string;
  /** For standard error, a line each. */
  readonly messages: readonly string[];
  readonly exitCode: 0 | 1;
}

/** How a command is run when it is not `npm run` that runs it. */
export interface OperatorOptions {
  /** `.calute`, where a private Redis notes where it is. @defaultValue that of this checkout */
  readonly stateDir?: string | undefined;
  /** Lists as JSON, a line for each. */
  readonly json?: boolean | undefined;
}

/** Rows for a script, as JSON lines. */
export function jsonLines(rows: readonly object[]): CommandResult {
  return success(rows.map((row) => JSON.stringify(row)).join('\n'));
}

export function success(output: string, ...messages: string[]): CommandResult {
  return { output, messages, exitCode: 0 };
}

export function failure(...messages: string[]): CommandResult {
  return { output: '', messages, exitCode: 1 };
}

/** Prints the result and sets the exit code; the process ends by itself. */
export function report({ output, messages, exitCode }: CommandResult): void {
  if (output !== '') process.stdout.write(`${output}\n`);
  for (const message of messages) process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}

/** As all commands write a time; a dash for none. */
export function formatTime(ms: number | undefined): string {
  return ms === undefined ? '-' : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
