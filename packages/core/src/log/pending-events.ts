import type { RunEvent } from '../runs/run-event.ts';

/** The events of a run that have not been sent yet. */
export interface PendingEvents {
  readonly isEmpty: boolean;
  /** About as many bytes as they take in the log. */
  readonly bytes: number;
  add(event: RunEvent): void;
  /** All of them, oldest first. */
  take(): readonly RunEvent[];
}

export function createPendingEvents(): PendingEvents {
  let events: RunEvent[] = [];
  let bytes = 0;
  return {
    get isEmpty() {
      return events.length === 0;
    },
    get bytes() {
      return bytes;
    },
    add(event) {
      events.push(event);
      bytes += eventBytes(event);
    },
    take() {
      const taken = events;
      events = [];
      bytes = 0;
      return taken;
    },
  };
}

/** Text is not stringified for this: deltas are nearly all there is. */
function eventBytes(event: RunEvent): number {
  if (event.type === 'text-delta' || event.type === 'reasoning-delta') return event.text.length + 4;
  return JSON.stringify(event).length;
}
