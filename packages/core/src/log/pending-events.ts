import type { RunEvent } from '../runs/run-event.ts';
import { mergeDeltas } from './merge-deltas.ts';

/**
 * The events of a run that have not been sent yet. They would arrive at the same instant, so deltas that stand next to
 * each other and say more of the same thing become one.
 */
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
    const last = events.at(-1);
    const merged = last && mergeDeltas(last, event);
    if (merged) {
      events[events.length - 1] = merged;
      bytes += eventBytes(merged) - eventBytes(last);
    } else {
      events.push(event);
      bytes += eventBytes(event);
    }
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

/** Deltas, which are nearly all there is, are not stringified for this. */
function eventBytes(event: RunEvent): number {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
      return event.text.length + 4;
    case 'tool-call-delta':
      return event.arguments.length + 60;
    default:
      return JSON.stringify(event).length;
  }
}
