import type { UpstreamAnswer, UpstreamClient } from './upstream-client.ts';

/** Sends a request to a model provider; shaped like `fetch`, because that is what provider packages call. */
export type UpstreamFetch = typeof globalThis.fetch;

/** A `fetch` that posts through `client`; cancelling a body closes the upstream's socket. */
export function toFetch(client: UpstreamClient): UpstreamFetch {
  return async (input, init) => {
    const answer = await client.post({
      url: new URL(input instanceof Request ? input.url : input),
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: typeof init?.body === 'string' ? init.body : '',
      signal: init?.signal ?? undefined,
    });
    return new Response(toWebStream(answer), { status: answer.status, headers: answer.headers });
  };
}

function toWebStream({ chunks, close }: UpstreamAnswer): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    // Not `chunks.return()`: that would wait for the next chunk before it closes the socket.
    cancel: close,
  });
}
