import type { EncodedEvent } from './encoded-event.ts';

/** One server-sent event of a completion's stream. */
export interface SseEvent extends EncodedEvent {
  /** The number of the event among those that this run's client sees, dense; absent for what is no event of the run. */
  readonly id?: number;
}
