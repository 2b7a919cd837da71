import type { CaluteError } from '../errors.ts';

/** One server-sent event of a completion's stream. */
export interface SseEvent {
  /** The number of the event among those that this run's client sees, from 1, dense; absent for what is no event of the run. */
  readonly id?: number;
  /** The `data:` field, a single line. */
  readonly data: string;
  /** Set on the event that reports a failure, so that it can become an HTTP status while no header has gone out. */
  readonly error?: CaluteError;
}
