/** A request to a completion's stream, read as bytes. */
export interface RawStream extends AsyncDisposable {
  readonly status: number;
  readonly headers: Headers;
  /** Everything read so far, once `enough` says so of it. Throws when the stream ends before. */
  readUntil(enough: (text: string) => boolean): Promise<string>;
  /** Everything, once the stream has ended in order; rejects when the connection breaks. */
  readAll(): Promise<string>;
  /** Closes the connection. */
  leave(): void;
}

export interface RawRequest {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Opens a stream: a POST when there is a body. Disposing leaves it. */
export async function openSse(url: string, { body, headers = {} }: RawRequest = {}): Promise<RawStream> {
  const leaving = new AbortController();
  const post = { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(url, {
    ...(body === undefined ? {} : post),
    headers: { 'content-type': 'application/json', ...headers },
    signal: leaving.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream('utf-8', { fatal: true })).getReader();
  let text = '';
  const read = async (): Promise<boolean> => {
    const chunk = await reader?.read();
    text += chunk?.value ?? '';
    return chunk?.done === false;
  };
  return {
    status: response.status,
    headers: response.headers,
    async readUntil(enough) {
      while (!enough(text)) {
        if (!(await read())) throw new Error(`The stream ended too early, after: ${text}`);
      }
      return text;
    },
    async readAll() {
      while (await read());
      return text;
    },
    leave: () => leaving.abort(),
    async [Symbol.asyncDispose]() {
      leaving.abort();
    },
  };
}

/** What stands in one event; `id` is undefined when it has none. */
export interface ParsedEvent {
  readonly id: number | undefined;
  readonly data: string;
}

const wholeEvent = /(?:: [^\n]*\n)*(?:id: (\d+)\n)?(?:event: [\w.]+\n)?(?:: [^\n]*\n)*data: ([^\n]*)\n\n/y;
const comments = /(?:: [^\n]*\n)*$/y;

/**
 * The events of a stream that is nothing but events of one `id:`, perhaps one `event:` and one `data:` line, and comments of one line each
 * before these lines. Throws for anything else: a stray blank line, another field, half an event.
 */
export function parseEvents(text: string): ParsedEvent[] {
  const events: ParsedEvent[] = [];
  let at = 0;
  while (at < text.length) {
    wholeEvent.lastIndex = at;
    comments.lastIndex = at;
    const match = wholeEvent.exec(text);
    if (match === null && comments.test(text)) break;
    if (match === null) throw new Error(`Not an event: ${JSON.stringify(text.slice(at, at + 200))}`);
    const [whole, id, data = ''] = match;
    events.push({ id: id === undefined ? undefined : Number(id), data });
    at += whole.length;
  }
  return events;
}

/** The events that are whole so far; of a stream that is still open or was cut. */
export function parseWholeEvents(text: string): ParsedEvent[] {
  return parseEvents(text.slice(0, text.lastIndexOf('\n\n') + 2));
}

/** What the chunks of a stream say, joined. */
export function contentOf(text: string): string {
  const chunks = parseWholeEvents(text).filter(({ data }) => data !== '[DONE]');
  return chunks.map(({ data }) => JSON.parse(data).choices?.[0]?.delta?.content ?? '').join('');
}
