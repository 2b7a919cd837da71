import { CaluteError } from '../../../errors.ts';
import { createEventGuard } from './event-guard.ts';
import { toNetworkError } from './network-error.ts';
import type { UpstreamLimits } from './upstream-limits.ts';

/** Where a body comes from. */
export interface BodySource {
  readonly host: string;
  /** Of the request: what breaks by its abort throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What is read of undici's response body; destroying it closes the socket. */
export interface DestroyableBody extends AsyncIterable<Uint8Array> {
  destroy(error?: Error): unknown;
}

/**
 * The chunks of an SSE response. Silence beyond the limits throws `upstream_timeout`, too much in one event
 * `upstream_bad_chunk`, a cut socket `upstream_cut`. However reading ends, the body is destroyed. Not a generator, which
 * would cost each chunk another microsecond.
 */
export function readEventBody(
  body: DestroyableBody,
  { host, signal }: BodySource,
  limits: UpstreamLimits,
): AsyncIterableIterator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  const guard = createEventGuard(limits.maxEventBytes);
  let watch: SilenceWatch | undefined;
  const close = () => {
    watch?.[Symbol.dispose]();
    body.destroy();
  };
  return {
    async next() {
      try {
        if (watch === undefined) watch = watchSilence(body, host, limits);
        else watch.resume();
        const next = await chunks.next();
        watch.pause();
        if (next.done === true) close();
        else guard(next.value);
        return next;
      } catch (error) {
        close();
        signal?.throwIfAborted();
        throw toNetworkError(error, host);
      }
    },
    async return() {
      close();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The first `maxErrorBytes` of a failed response. */
export async function* readErrorBody(
  body: DestroyableBody,
  { host, signal }: BodySource,
  limits: UpstreamLimits,
): AsyncGenerator<Uint8Array> {
  let left = limits.maxErrorBytes;
  using _watch = watchSilence(body, host, limits);
  try {
    for await (const chunk of body) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) return;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw toNetworkError(error, host);
  } finally {
    body.destroy();
  }
}

interface SilenceWatch extends Disposable {
  /** While the reader of the stream is slow, the upstream is not to blame. */
  pause(): void;
  resume(): void;
}

function watchSilence(body: DestroyableBody, host: string, limits: UpstreamLimits): SilenceWatch {
  let waiting = true;
  const fail = (limitMs: number): void => {
    if (!waiting) return;
    const message = `The model provider at ${host} was silent for ${limitMs / 1000} s.`;
    body.destroy(new CaluteError('upstream_timeout', message));
  };
  const first = setTimeout(fail, limits.firstChunkTimeoutMs, limits.firstChunkTimeoutMs);
  // One timer that is pushed ahead costs less than a new one per chunk.
  let between: NodeJS.Timeout | undefined;
  const pause = (): void => {
    waiting = false;
    clearTimeout(first);
  };
  const resume = (): void => {
    waiting = true;
    between = between?.refresh() ?? setTimeout(fail, limits.silenceTimeoutMs, limits.silenceTimeoutMs);
  };
  const stop = (): void => {
    clearTimeout(first);
    clearTimeout(between);
  };
  return { pause, resume, [Symbol.dispose]: stop };
}
