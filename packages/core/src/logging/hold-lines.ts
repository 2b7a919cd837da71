import { type DestinationStream, pino } from 'pino';

/** What pino tells a destination that asks for it. */
interface LeveledDestination extends DestinationStream {
  lastLevel: number;
}

/** The lines of a busy process leave together: a write costs more than all else that a line needs. */
const holdMs = 50;
const maxHeldLength = 65_536;
const warn = 40;

/**
 * Lines for the file descriptor `dest`, held back for some milliseconds; a warning or an error goes out at once, with the
 * lines before it; each as `format` has it. None is lost when the process exits, but what is held may be under SIGKILL.
 */
export function holdLines(
  dest: number,
  format: (line: string) => string = (line) => line,
): DestinationStream {
  // Not sync: whoever reads the lines may be slow.
  const file = pino.destination({ dest, sync: false });
  // Here and not by its `minLength`, for which it measures all that it holds again with each line.
  let held = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (held !== '') file.write(held);
    held = '';
  };
  const lines: LeveledDestination = {
    lastLevel: 0,
    write(line) {
      held += format(line);
      if (lines.lastLevel >= warn || held.length >= maxHeldLength) flush();
      else timer ??= setTimeout(flush, holdMs);
    },
  };
  // Pino calls this when the process exits.
  const flushFile = file.flushSync.bind(file);
  file.flushSync = () => {
    flush();
    flushFile();
  };
  return Object.assign(lines, { [Symbol.for('pino.metadata')]: true });
}
