import { type DestinationStream, pino } from 'pino';

/** What pino tells a destination that asks for it. */
interface LeveledDestination extends DestinationStream {
  lastLevel: number;
}

/** The lines of a busy worker leave together: a write costs more than all else that a line needs. */
const holdMs = 10;
const maxHeldBytes = 8192;
const warn = 40;

/**
 * Lines for the file descriptor `dest`, held back for some milliseconds; a warning or an error goes out at once, with the
 * lines before it. None is lost when the process exits, but what is held may be under SIGKILL.
 */
export function holdLines(dest: number): DestinationStream {
  // Not sync: whoever reads the lines may be slow. Such a destination is flushed by pino when the process exits.
  const file = pino.destination({ dest, sync: false, minLength: maxHeldBytes });
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    file.flush();
  };
  const lines: LeveledDestination = {
    lastLevel: 0,
    write(line) {
      file.write(line);
      if (lines.lastLevel >= warn) flush();
      else timer ??= setTimeout(flush, holdMs);
    },
  };
  return Object.assign(lines, { [Symbol.for('pino.metadata')]: true });
}
