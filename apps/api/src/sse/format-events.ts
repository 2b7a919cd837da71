import type { SseEvent } from '@calute/core/completions/sse-event';
import { toErrorBody } from '@calute/core/errors';

/** The events as the text of one write; concatenation, because this runs once per frame of every stream. */
export function formatEvents(events: readonly SseEvent[]): string {
  let text = '';
  for (const { id, data } of events)
    text += id === undefined ? `data: ${data}\n\n` : `id: ${id}\ndata: ${data}\n\n`;
  return text;
}

/** A failure after the headers. It has no id: it is no event of the run, and a follower may still get the rest. */
export function formatError(error: unknown): string {
  return `data: ${JSON.stringify(toErrorBody(error))}\n\n`;
}
