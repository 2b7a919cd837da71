import { createGate } from '../../async/gate.ts';
import { CaluteError } from '../../errors.ts';
import type { RunId } from '../../ids.ts';
import { encodeEvents } from '../../runs/frame-payload.ts';
import { mayRetry, type RunEnd } from '../../runs/run-end.ts';
import {
  type CommitEvent,
  isCommit,
  isVisible,
  type RunEvent,
  startsTools,
  type VisibleEvent,
} from '../../runs/run-event.ts';
import type { AppendFrame, AppendOutcome, AppendRefusal } from '../run-log.ts';
import { PendingEvents } from './pending-events.ts';

export interface OpenRun {
  readonly runId: RunId;
  readonly epoch: number;
  /** The last sequence in the log. */
  readonly seq: number;
  /**
   * `live` sends each turn's events. `whole` keeps what a choice says until its next commit or the end, for a client that
   * wants one answer: a lost attempt then leaves nothing in the log that the next one could contradict.
   */
  readonly mode: 'live' | 'whole';
  /** Called once when the store refuses this attempt: it is fenced, or the run has ended. */
  onRefused(refusal: AppendRefusal): void;
  /** Called for each frame that is stored: whether any process listens to the run. */
  onStored?(hasSubscribers: boolean): void;
}

/** A run whose frames do not get out stops reading from its model beyond this. */
const maxPendingBytes = 256 * 1024;
/** A whole answer is kept in memory, and later in one log entry. */
const maxWholeBytes = 16 * 1024 * 1024;

/**
 * The events of one attempt on their way to the log, in order. A class: of an object with getters V8 makes a hidden class for
 * each run, which keeps the whole run until the next full garbage collection.
 */
export class RunWriter {
  readonly #run: OpenRun;
  readonly #schedule: (writer: RunWriter) => void;
  readonly #pending = new PendingEvents();
  /** What a whole answer keeps back: another choice's commit must not store half of this one. */
  readonly #kept = new PendingEvents();
  readonly #room = createGate();
  readonly #settled = createGate();
  /** The choices of which something was sent since their last commit. */
  readonly #looseEnds = new Set<number>();
  #seq: number;
  #isScheduled = false;
  #inFlight = false;
  #ended: RunEnd | undefined;
  /** Set when nothing more goes out. */
  #outcome: AppendOutcome | undefined;

  constructor(run: OpenRun, schedule: (writer: RunWriter) => void) {
    this.#run = run;
    this.#schedule = schedule;
    this.#seq = run.seq;
  }

  /** Takes an event; resolves when there is room for the next one. Throws CaluteError `output_too_large`. */
  write(event: VisibleEvent): Promise<void> | undefined {
    if (this.#outcome) return undefined;
    if (this.#run.mode === 'whole') return keep(this.#kept, event);
    this.#pending.add(event);
    this.#askForFlush();
    return this.#pending.bytes > maxPendingBytes ? this.#room.wait() : undefined;
  }

  /** Writes what has to be stored before its choice goes on, with all before it; resolves when it is stored or refused. */
  async commit(event: CommitEvent): Promise<void> {
    if (this.#outcome) return;
    for (const before of this.#kept.takeChoice(event.choice)) this.#pending.add(before);
    this.#pending.add(event);
    this.#askForFlush();
    while (!this.#outcome && (this.#inFlight || !this.#pending.isEmpty)) await this.#settled.wait();
  }

  /** Writes the run's end; resolves when it is stored or refused. */
  async end(end: RunEnd): Promise<AppendOutcome> {
    if (this.#outcome) return this.#outcome;
    this.#ended = end;
    for (const before of this.#kept.take()) this.#pending.add(before);
    this.#pending.add({ type: 'run-end', end });
    this.#askForFlush();
    while (!this.#outcome) await this.#settled.wait();
    return this.#outcome;
  }

  /** Stops trying: nothing more of this attempt goes out. */
  giveUp(): void {
    this.#settleFinally('fenced');
  }

  get isGivenUp(): boolean {
    return this.#outcome !== undefined;
  }

  /** Whether anything has been sent that a client sees and that no commit covers: nobody can go on from there. */
  get hasLooseEnd(): boolean {
    return this.#looseEnds.size > 0;
  }

  /** For the frame writer: the next frame, unless one is under way or there is nothing to send. */
  takeFrame(): AppendFrame | undefined {
    this.#isScheduled = false;
    return this.#inFlight || this.#pending.isEmpty ? undefined : this.#nextFrame(this.#pending.take());
  }

  /** For the frame writer: what became of that frame. */
  settle(outcome: AppendOutcome): void {
    this.#inFlight = false;
    this.#room.open();
    this.#settled.open();
    const wasOpen = this.#outcome === undefined;
    const isStored = outcome === 'stored' || outcome === 'no-subscribers';
    if (!isStored || (this.#ended && this.#pending.isEmpty))
      this.#settleFinally(isStored ? 'stored' : outcome);
    else if (!this.#pending.isEmpty) this.#askForFlush();
    if (isStored) this.#run.onStored?.(outcome === 'stored');
    else if (wasOpen) this.#run.onRefused(outcome);
  }

  #askForFlush(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#schedule(this);
  }

  #nextFrame(events: readonly RunEvent[]): AppendFrame {
    const { runId, epoch, mode } = this.#run;
    const visible = mode === 'live' && events.some(isVisible);
    this.#seq += 1;
    this.#inFlight = true;
    if (mode === 'live') trackLooseEnds(this.#looseEnds, events);
    const tools = events.some(startsTools) ? { startsTools: true } : {};
    const frame = { runId, epoch, seq: this.#seq, visible, ...tools, payload: encodeEvents(events) };
    const ended = this.#ended;
    return ended
      ? { ...frame, end: { reason: ended.reason, tokens: totalTokens(ended), mayRetry: mayRetry(ended) } }
      : frame;
  }

  #settleFinally(outcome: AppendOutcome): void {
    this.#outcome ??= outcome;
    this.#pending.take();
    this.#kept.take();
    this.#room.open();
    this.#settled.open();
  }
}

function trackLooseEnds(looseEnds: Set<number>, events: readonly RunEvent[]): void {
  for (const event of events) {
    if (isVisible(event)) looseEnds.add(event.choice ?? 0);
    else if (isCommit(event)) looseEnds.delete(event.choice ?? 0);
  }
}

function keep(kept: PendingEvents, event: VisibleEvent): undefined {
  kept.add(event);
  if (kept.bytes <= maxWholeBytes) return undefined;
  throw new CaluteError('output_too_large', `The answer is larger than ${maxWholeBytes} bytes.`);
}

function totalTokens({ usage }: RunEnd): number {
  return usage === undefined ? 0 : usage.promptTokens + usage.completionTokens;
}
