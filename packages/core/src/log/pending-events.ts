import type { RunEvent } from '../runs/run-event.ts';

/** The events of a run that have not been sent yet. */
export interface PendingEvents {
  readonly isEmpty: boolean;
  /** About as many bytes as they take in the log. */
  readonly bytes: number;
  add(event: RunEvent): void;
  /** All of them, oldest first. */
  take(): readonly RunEvent[];
  /** Those of one choice, oldest first; the others stay. */
  takeChoice(choice: number | undefined): readonly RunEvent[];
}

export function createPendingEvents(): PendingEvents {
  let events: RunEvent[] = [];
  let bytes = 0;
  const add = (event: RunEvent) => {
    events.push(event);
    bytes += eventBytes(event);
  };
  const take = () => {
    const taken = events;
    events = [];
    bytes = 0;
    return taken;
  };
  return {
    get isEmpty() {
      return events.length === 0;
    },
    get bytes() {
      return bytes;
    },
    add,
    take,
    takeChoice(choice) {
      const taken: RunEvent[] = [];
      for (const event of take()) {
        if (event.type !== 'run-end' && event.choice === choice) taken.push(event);
        else add(event);
      }
      return taken;
    },
  };
}

/** Text is not stringified for this: deltas are nearly all there is. */
function eventBytes(event: RunEvent): number {
  if (event.type === 'text-delta' || event.type === 'reasoning-delta') return event.text.length + 4;
  return JSON.stringify(event).length;
}
