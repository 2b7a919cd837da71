import { CaluteError } from '../../errors.ts';
import { findFaultStatus } from './fault-status.ts';
import { watchLastEvent } from './last-event.ts';
import type { UpstreamAnswer, UpstreamClient } from './upstream-client.ts';
import { readInBandFault } from './upstream-error-body.ts';

/** Sends a request to a model provider; shaped like `fetch`, because that is what provider packages call. */
export type UpstreamFetch = typeof globalThis.fetch;

/**
 * A `fetch` that posts through `client`; cancelling a body closes the upstream's socket. The packages read event streams
 * only: an error that comes as JSON with a status of success is given the status that it stands for, and any other JSON is
 * an `upstream_error`.
 */
export function toFetch(client: UpstreamClient): UpstreamFetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const answer = await client.post({
      url,
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: typeof init?.body === 'string' ? init.body : '',
      signal: init?.signal ?? undefined,
    });
    const { status, headers } = answer;
    if (status >= 300) return new Response(toWebStream(answer), { status, headers });
    const opening = await readOpening(answer);
    if (!/^\s*[{[]/.test(opening.text))
      return new Response(toWebStream(answer, opening.chunks), { status, headers });
    return toErrorResponse(opening.text + (await readRest(answer)), url.host);
  };
}

interface Opening {
  readonly chunks: Uint8Array[];
  readonly text: string;
}

/** Reads until something is there that is no space: it tells a stream from JSON. */
async function readOpening({ chunks }: UpstreamAnswer): Promise<Opening> {
  const read: Uint8Array[] = [];
  const decoder = new TextDecoder();
  let text = '';
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    read.push(next.value);
    text += decoder.decode(next.value, { stream: true });
    if (text.trim() !== '') break;
  }
  return { chunks: read, text };
}

async function readRest({ chunks }: UpstreamAnswer): Promise<string> {
  return Buffer.concat(await Array.fromAsync(chunks)).toString();
}

function toErrorResponse(json: string, host: string): Response {
  const fault = readInBandFault(json);
  const status = findFaultStatus(fault);
  if (status === undefined && !/"(?:error|errors)"\s*:/.test(json)) {
    const message = `The model provider at ${host} answered with JSON instead of an event stream.`;
    throw new CaluteError('upstream_error', message);
  }
  return new Response(json, { status: status ?? 500 });
}

function toWebStream(
  { chunks, close }: UpstreamAnswer,
  opening: Uint8Array[] = [],
): ReadableStream<Uint8Array> {
  const last = watchLastEvent();
  return new ReadableStream({
    async pull(controller) {
      const first = opening.shift();
      const next = first === undefined ? await chunks.next() : { value: first };
      if (next.done !== true) {
        last.note(next.value);
        controller.enqueue(next.value);
        return;
      }
      // The packages read no event without it.
      if (last.lacksEnd) controller.enqueue(Buffer.from('\n\n'));
      controller.close();
    },
    // Not `chunks.return()`: that would wait for the next chunk before it closes the socket.
    cancel: close,
  });
}
