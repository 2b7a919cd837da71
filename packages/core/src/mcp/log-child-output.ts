import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Logger } from '../logging/logger.ts';

const maxLineLength = 1000;
const maxLinesPerMinute = 60;
const minuteMs = 60_000;

export interface ChildOutputParts {
  readonly logger: Logger;
  readonly redact: (text: string) => string;
  readonly now: () => number;
}

/** Puts what a child says on its standard error into the log: cut lines, so many a minute, without secrets. */
export function logChildOutput(output: Readable, { logger, redact, now }: ChildOutputParts): void {
  const allow = createAllowance(now, (dropped) => logger.warn({ dropped }, 'tool-server.output-dropped'));
  const take = createLineSplitter((line) => {
    if (line !== '' && allow()) logger.info({ line: redact(line) }, 'tool-server.output');
  });
  const decoder = new StringDecoder('utf8');
  output.on('data', (chunk: Buffer) => take(decoder.write(chunk)));
  output.on('end', () => take(`${decoder.end()}\n`));
  output.on('error', () => undefined); // because the connection notices the child's end by itself
}

/** Keeps no more than one cut line, however long a line the child writes. */
function createLineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const [first = '', ...others] = text.split('\n');
    rest = (rest + first).slice(0, maxLineLength);
    for (const next of others) {
      onLine(rest.trimEnd());
      rest = next.slice(0, maxLineLength);
    }
  };
}

/** Says whether one more line may be logged; what a minute has dropped is told with the first line of a later one. */
function createAllowance(now: () => number, onDropped: (lines: number) => void): () => boolean {
  let sinceMs = now();
  let lines = 0;
  return () => {
    if (now() - sinceMs >= minuteMs) {
      if (lines > maxLinesPerMinute) onDropped(lines - maxLinesPerMinute);
      sinceMs = now();
      lines = 0;
    }
    lines += 1;
    return lines <= maxLinesPerMinute;
  };
}
