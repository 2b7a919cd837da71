import type { RunEvent } from '../runs/run-event.ts';
import type { RunEncoding } from './run-encoding.ts';
import type { EncodedEvent, SseEvent } from './sse-event.ts';

/** Gives what the client still has to see. A class, because each open stream has one. */
export class NumberedEvents {
  readonly #encoder: ReturnType<RunEncoding<unknown>['createEncoder']>;
  readonly #afterEventId: number;
  #next: number;

  /**
   * Encodes a run from its first event on and numbers what the client sees; leaves out what a client that resumes has seen
   * already. A resume so costs the encoding of what it leaves out, and nothing has to be kept for it.
   */
  constructor(
    encoding: Pick<RunEncoding<unknown>, 'createEncoder' | 'firstEventId'>,
    afterEventId: number = encoding.firstEventId - 1,
  ) {
    this.#encoder = encoding.createEncoder();
    this.#afterEventId = afterEventId;
    this.#next = encoding.firstEventId;
  }

  /** What can be said before the first frame. */
  open(): readonly SseEvent[] {
    const events: SseEvent[] = [];
    this.#number(this.#encoder.open(), events);
    return events;
  }

  /** The events of the next frame; frames are taken in order, from the first on. */
  next(frame: readonly RunEvent[]): readonly SseEvent[] {
    const events: SseEvent[] = [];
    for (const event of frame) this.#number(this.#encoder.encode(event), events);
    return events;
  }

  #number(encoded: readonly EncodedEvent[], events: SseEvent[]): void {
    for (const event of encoded) {
      const id = this.#next;
      this.#next += 1;
      if (id > this.#afterEventId) events.push({ id, ...event });
    }
  }
}
