import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import type { SeenRecord } from '../run-report.ts';

/** How one request for a stream went; `broken` also when it was aborted, `unreached` when nobody can have read it. */
export type StreamOutcome =
  | { readonly type: 'closed' | 'broken' | 'unreached' }
  | { readonly type: 'refused'; readonly status: number; readonly code: string };

export interface ReadStreamOptions {
  readonly url: string;
  readonly init: RequestInit;
  /** After each chunk. */
  readonly pauseMs?: number;
  /** The number of the event that has this SSE id. */
  toNumber(sseId: string): number;
  /** The id of the accepted run, as the head of the answer says it. */
  onRunId(runId: string): void;
  onRecord(record: SeenRecord): void;
}

/** Reads one response to its end, whatever that is. Never throws. */
export async function readStream({
  url,
  init,
  pauseMs,
  toNumber,
  onRunId,
  onRecord,
}: ReadStreamOptions): Promise<StreamOutcome> {
  try {
    const response = await fetch(url, init);
    const runId = response.headers.get('x-calute-run-id');
    if (runId !== null) onRunId(runId);
    if (!response.ok || response.body === null) return await readRefusal(response);
    const parser = createParser({
      onEvent: ({ id, data }) =>
        onRecord({ id: id === undefined ? undefined : toNumber(id), data, atMs: Date.now() }),
    });
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      parser.feed(text);
      if (pauseMs !== undefined) await delay(pauseMs);
    }
    return { type: 'closed' };
  } catch (error) {
    return { type: isUnreached(error) ? 'unreached' : 'broken' };
  }
}

/** Whether a fetch failed before there was a connection. */
export function isUnreached(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

const errorBodySchema = z.object({ error: z.object({ code: z.string() }) });

/** The status and code of an answer that is no success. */
export async function readRefusal(response: Response): Promise<StreamOutcome & { type: 'refused' }> {
  const body = errorBodySchema.safeParse(await response.json().catch(() => undefined));
  return {
    type: 'refused',
    status: response.status,
    code: body.success ? body.data.error.code : 'no-envelope',
  };
}
