import { createParser, type EventSourceParser } from 'eventsource-parser';

/** What one SSE event says. */
export interface StreamEvent {
  readonly name: string | undefined;
  readonly data: string;
}

export interface EventReader {
  /** Reads more of an event stream. */
  read(text: string): void;
  /** Whether an event may have begun that has not ended. */
  readonly isInside: boolean;
  /** Ends the event that has begun, as a blank line does. */
  end(): void;
}

/**
 * Calls `onEvent` with each event of a stream. One whole event of one line, as nearly all are, needs no parser: an answer
 * of such events never has one.
 */
export function createEventReader(onEvent: (event: StreamEvent) => void): EventReader {
  let parser: EventSourceParser | undefined;
  /** The end of what the parser has read: behind anything but a blank line it may hold the beginning of an event. */
  let tail = '\n\n';
  const isInside = () => !/\n\r?\n$/.test(tail);
  return {
    get isInside() {
      return isInside();
    },
    read(text) {
      const data = isInside() ? undefined : toSoleData(text);
      if (data !== undefined) {
        onEvent({ name: undefined, data });
        return;
      }
      parser ??= createParser({ onEvent: ({ event: name, data: said }) => onEvent({ name, data: said }) });
      parser.feed(text);
      tail = `${tail}${text}`.slice(-3);
    },
    end: () => parser?.feed('\n\n'),
  };
}

const fieldName = 'data: ';

/** The data of `text` if it is one whole event of one line. */
function toSoleData(text: string): string | undefined {
  const end = text.length - 2;
  const isSole = end > fieldName.length && text.startsWith(fieldName) && text.indexOf('\n') === end;
  return isSole && text.endsWith('\n') && !text.includes('\r')
    ? text.slice(fieldName.length, end)
    : undefined;
}

/** Behind the first blank line; undefined when there is none, or only one that the parser has to find. */
export function findEventEnd(text: string, from: number): number | undefined {
  for (let at = text.indexOf('\n', from); at !== -1; at = text.indexOf('\n', at + 1)) {
    if (text[at + 1] === '\n') return at + 2;
    if (text[at + 1] === '\r' && text[at + 2] === '\n') return at + 3;
  }
  return undefined;
}
