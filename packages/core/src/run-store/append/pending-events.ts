import type { RunEvent } from '../../runs/run-event.ts';
import { mergeDeltas } from './merge-deltas.ts';

/**
 * The events of a run that have not been sent yet. They would arrive at the same instant, so deltas that stand next to
 * each other and say more of the same thing become one. A class, because each run has two.
 */
export class PendingEvents {
  #events: RunEvent[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /** About as many bytes as they take in the log. */
  get bytes(): number {
    return this.#bytes;
  }

  add(event: RunEvent): void {
    const last = this.#events.at(-1);
    const merged = last && mergeDeltas(last, event);
    if (merged) {
      this.#events[this.#events.length - 1] = merged;
      this.#bytes += eventBytes(merged) - eventBytes(last);
    } else {
      this.#events.push(event);
      this.#bytes += eventBytes(event);
    }
  }

  /** All of them, oldest first. */
  take(): readonly RunEvent[] {
    const taken = this.#events;
    this.#events = [];
    this.#bytes = 0;
    return taken;
  }

  /** Those of one choice, oldest first; the others stay. */
  takeChoice(choice: number | undefined): readonly RunEvent[] {
    const taken: RunEvent[] = [];
    for (const event of this.take()) {
      if (event.type !== 'run-end' && event.choice === choice) taken.push(event);
      else this.add(event);
    }
    return taken;
  }
}

/** Deltas, which are nearly all there is, are not stringified for this. */
function eventBytes(event: RunEvent): number {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
      return event.text.length + 4;
    case 'tool-call-delta':
      return event.arguments.length + 60;
    case 'embedding':
      return event.vector.length + 60;
    case 'run-end':
      return 0; // because nothing follows that would have to wait
    default:
      return JSON.stringify(event).length;
  }
}
