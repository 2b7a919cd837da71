import { type RunEvent, runEventSchema } from './run-event.ts';

/**
 * The events of one frame as one line of JSON. A plain text delta, which is nearly every event, is a bare string:
 * it costs a third of the bytes and needs no schema when read.
 */
export function encodeEvents(events: readonly RunEvent[]): string {
  return JSON.stringify(events.map(shorten));
}

/** The events of `payload`. Throws when it was not written by `encodeEvents`. */
export function decodeEvents(payload: string): RunEvent[] {
  const entries: unknown = JSON.parse(payload);
  if (!Array.isArray(entries)) throw new TypeError('A frame payload is not an array.');
  return entries.map(lengthen);
}

function shorten(event: RunEvent): RunEvent | string {
  const isPlain = event.type === 'text-delta' && event.logprobs === undefined && event.choice === undefined;
  return isPlain ? event.text : event;
}

function lengthen(entry: unknown): RunEvent {
  return typeof entry === 'string' ? { type: 'text-delta', text: entry } : runEventSchema.parse(entry);
}
