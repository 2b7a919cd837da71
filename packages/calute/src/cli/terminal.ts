import { styleText } from 'node:util';

/** Where a command writes: results to standard output, everything else to standard error. */
export interface Terminal {
  /** Results, as they are. */
  write(text: string): void;
  /** What is not a result. */
  note(text: string): void;
  /** A result as a line of JSON. */
  json(value: unknown): void;
  dim(text: string): string;
  /** Whether a person reads the results. */
  readonly isInteractive: boolean;
  /** Whether a person reads the notes. */
  readonly isWatched: boolean;
}

/** The terminal of this process. */
export function openTerminal(): Terminal {
  return {
    write: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    json: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
    // Heeds NO_COLOR and FORCE_COLOR, and whether it is a terminal.
    dim: (text) => styleText('dim', text, { stream: process.stderr }),
    isInteractive: process.stdout.isTTY === true,
    isWatched: process.stderr.isTTY === true,
  };
}

/** Text of others without what could move the cursor, ring or rename the window. */
export function withoutControls(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '');
}
