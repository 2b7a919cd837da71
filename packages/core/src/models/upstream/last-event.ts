/** Tells of a stream of events whether a blank line behind it would make its last event readable. */
export interface LastEvent {
  /** To be called with every chunk, in order. */
  note(chunk: Uint8Array): void;
  /** Whether the last event is whole but for its end; parsers also wait for what may follow a carriage return. */
  readonly lacksEnd: boolean;
}

const edgeBytes = 2;
const blankLines = ['\n\n', '\n\r\n', '\r\r'];

/** Holds what came behind the last blank line: one event at most, whose size the body bounds. */
export function watchLastEvent(): LastEvent {
  let held: Uint8Array[] = [];
  let edge = Buffer.alloc(0);
  return {
    note(chunk) {
      // A blank line may be cut in two.
      const bytes = Buffer.concat([edge, chunk]);
      const end = endOfBlankLine(bytes) - edge.length;
      if (end > 0) held = [];
      held.push(chunk.subarray(Math.max(0, end)));
      edge = bytes.subarray(-edgeBytes);
    },
    get lacksEnd() {
      return edge.toString().endsWith('\r') || isWholeEvent(Buffer.concat(held).toString());
    },
  };
}

/** Behind the last blank line, or 0. */
function endOfBlankLine(bytes: Buffer): number {
  const ends = blankLines.map((blank) => {
    const at = bytes.lastIndexOf(blank);
    return at === -1 ? 0 : at + blank.length;
  });
  return Math.max(...ends);
}

/** What is cut off in the midst of its JSON is none. */
function isWholeEvent(text: string): boolean {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.startsWith('data:'));
  try {
    JSON.parse(lines.map((line) => line.slice('data:'.length)).join('\n'));
    return true;
  } catch {
    return false;
  }
}
