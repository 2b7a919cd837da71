import { setTimeout as delay } from 'node:timers/promises';
import { CaluteError } from '../../errors.ts';
import type { RunId } from '../../ids.ts';
import type { Channel } from '../../redis/channel.ts';
import { decodeEvents } from '../../runs/frame-payload.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import type { Frame, RunReader } from '../run-log.ts';
import type { Cursor } from './cursor.ts';

export interface ReadRunParts {
  readonly log: RunReader;
  /** The reply channel of this process. */
  readonly channel: Channel;
  /** How often runs from which nothing came are looked up in the log. */
  readonly silenceMs: number;
  /** How long a reader waits for a store that does not answer. */
  readonly giveUpMs: number;
}

export interface Reading {
  readonly runId: RunId;
  readonly cursor: Cursor;
  /** Whether the run has been seen to exist: if it is gone later, the store has lost it. */
  known: boolean;
  readonly signal: AbortSignal;
  stop(): void;
}

/** Frames of one look into the log. */
const pageFrames = 256;

/** The events of the frames that come to the reading's cursor, and of the log while that is behind; stops at the end. */
export async function* readRun(parts: ReadRunParts, reading: Reading): AsyncGenerator<readonly RunEvent[]> {
  const { cursor } = reading;
  try {
    while (!cursor.isStopped) {
      const frames = cursor.isBehind ? await catchUp(parts, reading) : cursor.take();
      for (const frame of frames) {
        const events = decodeEvents(frame.payload);
        if (events.at(-1)?.type === 'run-end') cursor.end();
        yield events;
        if (cursor.hasEnded) return;
      }
      await cursor.news();
    }
  } finally {
    reading.stop();
  }
}

/** The next page of the log; tries again while the store does not answer, but not for ever. */
async function catchUp(parts: ReadRunParts, reading: Reading): Promise<readonly Frame[]> {
  const giveUpAt = performance.now() + parts.giveUpMs;
  for (;;) {
    try {
      return await readPage(parts, reading);
    } catch (error) {
      const transient = CaluteError.is(error) && error.code === 'store_unavailable';
      if (!transient || performance.now() > giveUpAt) throw error;
    }
    const aborted = await delay(parts.silenceMs, false, { signal: reading.signal }).catch(() => true);
    if (aborted) return [];
  }
}

async function readPage({ log, channel }: ReadRunParts, reading: Reading): Promise<readonly Frame[]> {
  const { runId, cursor, known } = reading;
  const seenBefore = cursor.highestSeen;
  const page = await log.read(runId, { afterSeq: cursor.seq, limit: pageFrames, channel: channel.name });
  if (page.outcome === 'unknown') {
    throw known
      ? storeLost(runId)
      : new CaluteError('run_not_found', `No run ${runId} is known; it may have expired.`);
  }
  reading.known = true;
  // What came by while the page was read was not kept, so another look is due if anything did.
  cursor.caughtUp(page.frames, page.more || cursor.highestSeen > seenBefore);
  return page.frames;
}

export function storeLost(runId: RunId): CaluteError {
  return new CaluteError('store_lost', `The store has lost what run ${runId} said; send the request again.`);
}
