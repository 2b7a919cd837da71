import { createParser, type EventSourceParser } from 'eventsource-parser';

/** What one SSE event says. */
export interface StreamEvent {
  readonly name: string | undefined;
  readonly data: string;
}

/** Reads more of an event stream. */
export type EventReader = (text: string) => void;

/**
 * Calls `onEvent` with each event of a stream. A line that is no field of an event but looks like JSON counts as one too:
 * so servers report a failure when their stream breaks off. One whole event of one line, as nearly all are, needs no
 * parser: an answer of such events never has one.
 */
export function createEventReader(onEvent: (event: StreamEvent) => void): EventReader {
  let parser: EventSourceParser | undefined;
  /** Whether the parser may hold the beginning of an event. */
  let isInside = false;
  const create = () =>
    createParser({
      onEvent: ({ event: name, data }) => onEvent({ name, data }),
      onError: ({ line = '' }) => {
        if (line.startsWith('{')) onEvent({ name: undefined, data: line });
      },
    });
  return (text) => {
    const data = isInside ? undefined : toSoleData(text);
    if (data !== undefined) {
      onEvent({ name: undefined, data });
      return;
    }
    parser ??= create();
    parser.feed(text);
    isInside = !text.endsWith('\n\n');
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
