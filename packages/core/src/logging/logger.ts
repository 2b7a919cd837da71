import { isatty } from 'node:tty';
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import { toReadableLine } from './readable-lines.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** The process role, on every line: `api`, `worker`, `start`. */
  readonly role: string;
  readonly level: string;
  /** @defaultValue `pretty` where lines go to standard error and that is a terminal, else `json` */
  readonly format?: 'pretty' | 'json' | undefined;
  /** Where lines go. @defaultValue standard error, so that standard output stays free for results */
  readonly destination?: DestinationStream;
}

/**
 * The lines of a busy process leave together, after 50 ms at the latest: a write costs more than all else that a line needs.
 * None is lost when the process exits or fails; SIGKILL may lose those 50 ms. Not sync: whoever reads them may be slow.
 */
const standardError = { dest: 2, sync: false, minLength: 4096, periodicFlush: 50 };

/** What may hold a prompt or a key, as a field of a line, of an object in it, or of an error. */
const hiddenNames = ['messages', 'request', 'authorization', 'apiKey'];
const hidden = Object.fromEntries(hiddenNames.map((name) => [name, () => undefined]));

/**
 * One line per fact, JSON or for people; the message is a constant dotted event name (`run.finished`), the rest are fields.
 * Fields with the names above never reach a line: callers must not log prompts or keys in the first place.
 */
export function createLogger({ role, level, format, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { role, pid: process.pid },
    // Instead of pino's own redaction, which took as long as the rest of a line.
    serializers: { ...hidden, err: (error: Error) => without(stdSerializers.err(error)) },
    formatters: { log: hideInner },
  };
  return pino(options, destination ?? openStandardError(format));
}

function openStandardError(format = isatty(standardError.dest) ? 'pretty' : 'json'): DestinationStream {
  const file = pino.destination(standardError);
  if (format === 'json') return file;
  // The convention of no-color.org.
  const colours = isatty(standardError.dest) && !process.env['NO_COLOR'];
  return { write: (line) => void file.write(toReadableLine(line, { colours })) };
}

function hideInner(fields: Record<string, unknown>): Record<string, unknown> {
  let shown = fields;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    const inner = isPlain(value) ? without(value) : value;
    if (inner !== value) shown = { ...shown, [name]: inner };
  }
  return shown;
}

/** The same object when there is nothing to hide. */
function without<Some extends object>(fields: Some): Some {
  if (!hiddenNames.some((name) => name in fields)) return fields;
  const shown = { ...fields };
  for (const name of hiddenNames) Reflect.deleteProperty(shown, name);
  return shown;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Error) && !Array.isArray(value);
}
