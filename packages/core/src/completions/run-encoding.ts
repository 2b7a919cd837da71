import type { CaluteError } from '../errors.ts';
import type { RunId } from '../ids.ts';
import type { QueuePlace } from '../run-store/backlog/backlog.ts';
import type { RunHeader } from '../run-store/run-log.ts';
import type { CompletedEnd, RunEnd } from '../runs/run-end.ts';
import type { RunEvent } from '../runs/run-event.ts';
import type { EncodedEvent } from './sse-event.ts';

/** Turns a run's events, from the first on, into what its client sees. The same events always give the same bytes. */
export interface Encoder {
  encode(event: RunEvent): readonly EncodedEvent[];
  /** What can be said before the first event; nothing once it has been said, be it by `encode`. */
  open(): readonly EncodedEvent[];
}

/** Gathers a run's events into one answer; what it says equals what the stream of the same run says. */
export interface Gatherer<Answer> {
  add(event: Exclude<RunEvent, { type: 'run-end' }>): void;
  finish(end: CompletedEnd): Answer;
  fail(end: Exclude<RunEnd, CompletedEnd>): CaluteError;
}

/**
 * The port of a wire format: one run as its client reads it. It lives as long as the run's slowest reader, so it keeps
 * nothing of the prompt.
 */
export interface RunEncoding<Answer> {
  /** The number of the first event of a stream. */
  readonly firstEventId: 0 | 1;
  /** How long a silent run's stream may be without `Encoder.open`, in ms; undefined: for ever. */
  readonly openAfterMs: number | undefined;
  /** Whether the client asked for progress. */
  readonly showEvents: boolean;
  createEncoder(): Encoder;
  createGatherer(): Gatherer<Answer>;
  /** Where the run stands, as an event that is none of the run: it has no id, and no follower gets it. */
  encodePlace(place: QueuePlace): EncodedEvent;
}

/** A run that is known by its record. */
export type EncodedRun = Omit<RunHeader, 'tenant'>;

export type OpenEncoding<Answer> = (runId: RunId, run: EncodedRun) => RunEncoding<Answer>;
