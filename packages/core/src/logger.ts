import { type DestinationStream, type Logger, pino } from 'pino';
import { holdLines } from './hold-lines.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** The process role, on every line: `api`, `worker`, `start`. */
  readonly role: string;
  readonly level: string;
  /** Where lines go. @defaultValue standard error, so that standard output stays free for results */
  readonly destination?: DestinationStream;
}

/**
 * One JSON line per fact; the message is a constant dotted event name (`run.finished`), the rest are fields.
 * Fields named here never reach a line: callers must not log prompts or keys in the first place.
 */
export function createLogger({ role, level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { role, pid: process.pid },
    redact: {
      paths: ['messages', 'request', 'authorization', '*.authorization', 'apiKey', '*.apiKey', '*.messages'],
      remove: true,
    },
  };
  return pino(options, destination ?? holdLines(2));
}
