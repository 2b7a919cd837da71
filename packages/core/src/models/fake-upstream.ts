import type { ModelCall } from './model-provider.ts';
import type { UpstreamAnswer, UpstreamClient } from './upstream/upstream-client.ts';
import type { UpstreamFetch } from './upstream/upstream-fetch.ts';

/** A call that says hi. */
export const emptyCall: ModelCall = {
  messages: [{ role: 'user', content: 'hi', name: undefined }],
  sampling: {},
  tools: [],
  toolChoice: undefined,
  parameters: {},
};

/** An upstream that answers with these pieces of a body. */
export function answer(pieces: readonly Uint8Array[]): UpstreamFetch {
  return async () =>
    new Response(ReadableStream.from(pieces), { headers: { 'content-type': 'text/event-stream' } });
}

export interface Sent {
  readonly url: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** An upstream that always gives this answer, and what it was asked last. */
export function spy(text: string): { readonly fetch: UpstreamFetch; readonly sent: Promise<Sent> } {
  const { promise, resolve } = Promise.withResolvers<Sent>();
  const fetch: UpstreamFetch = async (url, init) => {
    resolve({
      url: String(url),
      headers: new Headers(init?.headers),
      body: JSON.parse(String(init?.body)),
    });
    return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
  };
  return { fetch, sent: promise };
}

/** The upstream as providers of our own ask it. */
export function toClient(fetch: UpstreamFetch): UpstreamClient {
  return {
    async post({ url, headers, body, signal }) {
      return toUpstreamAnswer(await fetch(url, { method: 'POST', headers, body, signal: signal ?? null }));
    },
  };
}

export function toUpstreamAnswer({ status, headers, body }: Response): UpstreamAnswer {
  const stream = body ?? new ReadableStream<Uint8Array>();
  return {
    status,
    headers: Object.fromEntries(headers),
    chunks: readAll(stream),
    close: () => void stream.cancel(),
  };
}

async function* readAll(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* stream;
}
