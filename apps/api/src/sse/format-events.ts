import type { SseEvent } from '@calute/core/completions/sse-event';
import { toErrorBody } from '@calute/core/errors';

/** The events as the text of one write; concatenation, because this runs once per frame of every stream. */
export function formatEvents(events: readonly SseEvent[]): string {
  let text = '';
  for (const { id, name, data } of events) {
    if (id !== undefined) text += `id: ${id}\n`;
    if (name !== undefined) text += `event: ${name}\n`;
    text += `data: ${data}\n\n`;
  }
  return text;
}

/** A failure after the headers. It has no id: it is no event of the run, and a follower may still get the rest. */
export function formatError(error: unknown): string {
  return `data: ${JSON.stringify(toErrorBody(error))}\n\n`;
}
