import { Agent, fetch as undiciFetch } from 'undici';

type Fetch = typeof globalThis.fetch;

export interface ToolServerFetchParts {
  /** Of one response; more breaks it off. */
  readonly maxBytes: number;
  onRequest(id: string | number): void;
  /**
   * Told when the event stream that answers the request of this id is over, whole or broken off, and cannot be resumed:
   * an answer that has not come by then will not come.
   */
  onStreamOver(id: string | number): void;
}

/**
 * A `fetch` for one tool server, over connections of its own, which disposing closes. How long an answer may take is for
 * the caller to say: a tool may be given more time than undici's own limits.
 */
export function createToolServerFetch(parts: ToolServerFetchParts): Fetch & AsyncDisposable {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 10_000 } });
  // because undici declares classes of its own for what are node's globals at run time
  const fetch = undiciFetch as unknown as (input: Parameters<Fetch>[0], init: object) => Promise<Response>;
  const watched: Fetch = async (input, init) => {
    const id = requestId(init);
    if (id !== undefined) parts.onRequest(id);
    const response = await fetch(input, { ...init, dispatcher });
    if (response.body === null) return response;
    const { status, statusText, headers } = response;
    const body = watch(response.body, id, parts);
    return new Response(body, { status, statusText, headers: new Headers([...headers]) });
  };
  return Object.assign(watched, { [Symbol.asyncDispose]: () => dispatcher.destroy() });
}

/** A POST carries one JSON-RPC message; only requests have an id and a method. */
function requestId(init: RequestInit | undefined): string | number | undefined {
  if (typeof init?.body !== 'string') return undefined;
  const message: { id?: string | number; method?: string } = JSON.parse(init.body);
  return message.method === undefined ? undefined : message.id;
}

function watch(
  body: ReadableStream<Uint8Array>,
  id: string | number | undefined,
  { maxBytes, onStreamOver }: ToolServerFetchParts,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const looksResumable = createIdFinder();
  let bytes = 0;
  let isResumable = false;
  const over = () => {
    if (id !== undefined && !isResumable) onStreamOver(id);
  };
  const readNext = async (): Promise<Uint8Array | undefined> => {
    const { value } = await reader.read();
    bytes += value?.byteLength ?? 0;
    if (bytes > maxBytes) throw new Error(`The response is larger than ${maxBytes} bytes.`);
    if (value !== undefined) isResumable ||= looksResumable(value);
    return value;
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        const chunk = await readNext();
        if (chunk !== undefined) return controller.enqueue(chunk);
        controller.close();
      } catch (error) {
        controller.error(error);
        await reader.cancel().catch(() => undefined);
      }
      over();
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** Whether an event had an id so far: the SDK then asks for the rest of a stream that is over. */
function createIdFinder(): (chunk: Uint8Array) => boolean {
  let tail = '\n';
  return (chunk) => {
    const text = tail + Buffer.from(chunk).toString('latin1');
    tail = text.slice(-3);
    return /[\r\n]id:/.test(text);
  };
}
