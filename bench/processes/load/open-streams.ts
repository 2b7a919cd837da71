import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { quantilesOf } from '../../figures/statistics.ts';
import { promptFor } from '../prompt.ts';
import type { StreamsToOpen, Talk, Target } from '../protocol.ts';
import { hasText } from './check-answer.ts';

const atOnce = 50;

/** Streams that stay open until this process ends. */
export interface OpenStreams {
  /** Opens further ones; resolves when each has its first token or has failed. */
  open(
    target: Target,
    streams: StreamsToOpen,
  ): Promise<{ open: number; failed: number; firstError?: string }>;
  /** Looks for so long at when their text comes. */
  watch(ms: number): Promise<Talk>;
}

export function createOpenStreams(): OpenStreams {
  const streams: OpenStream[] = [];
  let gapsMs: number[] | undefined;
  const onGap = (gapMs: number) => void gapsMs?.push(gapMs);
  return {
    async open({ urls: [url = ''], headers }, { count, model, tokens }) {
      const { origin, pathname: path } = new URL(url);
      const pool = new Pool(origin, { connections: count, pipelining: 1 });
      const messages = [{ role: 'user', content: promptFor(tokens) }];
      const request: StreamRequest = {
        path,
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ model, stream: true, messages }),
      };
      let left = count;
      const errors: string[] = [];
      const opener = async () => {
        while (left > 0) {
          left -= 1;
          const stream: OpenStream = { isOpen: true, textAt: undefined };
          streams.push(stream);
          await openStream(pool, request, { stream, onGap }).catch((error: Error) =>
            errors.push(error.message),
          );
        }
      };
      await Promise.all(Array.from({ length: atOnce }, opener));
      const [firstError] = errors;
      const opened = { open: count - errors.length, failed: errors.length };
      return firstError === undefined ? opened : { ...opened, firstError };
    },
    async watch(ms) {
      const gaps: number[] = [];
      gapsMs = gaps;
      await wait(ms);
      gapsMs = undefined;
      return { open: streams.filter(({ isOpen }) => isOpen).length, gapMs: quantilesOf(gaps) };
    },
  };
}

interface OpenStream {
  isOpen: boolean;
  /** When the last piece with text came. */
  textAt: number | undefined;
}

interface StreamRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Watched {
  readonly stream: OpenStream;
  onGap(gapMs: number): void;
}

function openStream(pool: Pool, request: StreamRequest, { stream, onGap }: Watched): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error: Error) => {
      stream.isOpen = false;
      reject(error);
    };
    pool.dispatch(
      { ...request, method: 'POST', bodyTimeout: 0 },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData(_controller, chunk) {
          if (!hasText(chunk.toString('latin1'))) return;
          const now = performance.now();
          if (stream.textAt === undefined) resolve();
          else onGap(now - stream.textAt);
          stream.textAt = now;
        },
        onResponseEnd: () => end(new Error('it ended')),
        onResponseError: (_controller, error) => end(error),
      },
    );
  });
}
