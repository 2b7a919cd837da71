import type { CaluteError } from '../errors.ts';

/** One server-sent event without its number. */
export interface EncodedEvent {
  /** The `event:` field, where the wire format names its events. */
  readonly name?: string;
  /** The `data:` field, a single line. */
  readonly data: string;
  /** Set on the event that reports a failure, so that it can become an HTTP status while no header has gone out. */
  readonly error?: CaluteError;
}

/** One server-sent event of a completion's stream. */
export interface SseEvent extends EncodedEvent {
  /** The number of the event among those that this run's client sees, dense; absent for what is no event of the run. */
  readonly id?: number;
}
