import { CaluteError } from '../errors.ts';
import { createGate } from '../gate.ts';
import type { RunId } from '../ids.ts';
import { encodeEvents } from '../runs/frame-payload.ts';
import { mayRetry, type RunEnd } from '../runs/run-end.ts';
import {
  type CommitEvent,
  isCommit,
  isVisible,
  type RunEvent,
  startsTools,
  type VisibleEvent,
} from '../runs/run-event.ts';
import { createPendingEvents, type PendingEvents } from './pending-events.ts';
import type { AppendFrame, AppendOutcome, AppendRefusal } from './run-log.ts';

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
  onStored?(heard: boolean): void;
}

/** The events of one attempt on their way to the log, in order. */
export interface RunWriter {
  /** Takes an event; resolves when there is room for the next one. Throws CaluteError `output_too_large`. */
  write(event: VisibleEvent): Promise<void> | undefined;
  /** Writes what has to be stored before its choice goes on, with all before it; resolves when it is stored or refused. */
  commit(event: CommitEvent): Promise<void>;
  /** Writes the run's end; resolves when it is stored or refused. */
  end(end: RunEnd): Promise<AppendOutcome>;
  /** Stops trying: nothing more of this attempt goes out. */
  giveUp(): void;
  readonly isGivenUp: boolean;
  /** Whether anything has been sent that a client sees and that no commit covers: nobody can go on from there. */
  readonly hasLooseEnd: boolean;
  /** For the frame writer: the next frame, unless one is under way or there is nothing to send. */
  takeFrame(): AppendFrame | undefined;
  /** For the frame writer: what became of that frame. */
  settle(outcome: AppendOutcome): void;
}

/** A run whose frames do not get out stops reading from its model beyond this. */
const maxPendingBytes = 256 * 1024;
/** A whole answer is kept in memory, and later in one log entry. */
const maxWholeBytes = 16 * 1024 * 1024;

export function createRunWriter(run: OpenRun, schedule: (writer: RunWriter) => void): RunWriter {
  const { mode } = run;
  const pending = createPendingEvents();
  // What a whole answer keeps back: another choice's commit must not store half of this one.
  const kept = createPendingEvents();
  const room = createGate();
  const settled = createGate();
  const state = initialState(run);

  const settleFinally = (outcome: AppendOutcome) => {
    state.outcome ??= outcome;
    pending.take();
    kept.take();
    room.open();
    settled.open();
  };
  const writer: RunWriter = {
    write(event) {
      if (state.outcome) return undefined;
      if (mode === 'whole') return keep(kept, event);
      pending.add(event);
      schedule(writer);
      return pending.bytes > maxPendingBytes ? room.wait() : undefined;
    },
    async commit(event) {
      if (state.outcome) return;
      for (const before of kept.takeChoice(event.choice)) pending.add(before);
      pending.add(event);
      schedule(writer);
      while (!state.outcome && (state.inFlight || !pending.isEmpty)) await settled.wait();
    },
    async end(end) {
      if (state.outcome) return state.outcome;
      state.ended = end;
      for (const before of kept.take()) pending.add(before);
      pending.add({ type: 'run-end', end });
      schedule(writer);
      while (!state.outcome) await settled.wait();
      return state.outcome;
    },
    giveUp: () => settleFinally('fenced'),
    get isGivenUp() {
      return state.outcome !== undefined;
    },
    get hasLooseEnd() {
      return state.looseEnds.size > 0;
    },
    takeFrame: () => (state.inFlight || pending.isEmpty ? undefined : nextFrame(run, state, pending.take())),
    settle(outcome) {
      state.inFlight = false;
      room.open();
      settled.open();
      const wasOpen = state.outcome === undefined;
      const isStored = outcome === 'stored' || outcome === 'unheard';
      if (!isStored || (state.ended && pending.isEmpty)) settleFinally(isStored ? 'stored' : outcome);
      else if (!pending.isEmpty) schedule(writer);
      if (isStored) run.onStored?.(outcome === 'stored');
      else if (wasOpen) run.onRefused(outcome);
    },
  };
  return writer;
}

function initialState({ seq }: OpenRun): WriterState {
  return { seq, inFlight: false, looseEnds: new Set(), ended: undefined, outcome: undefined };
}

interface WriterState {
  seq: number;
  inFlight: boolean;
  /** The choices of which something was sent since their last commit. */
  readonly looseEnds: Set<number>;
  ended: RunEnd | undefined;
  /** Set when nothing more goes out. */
  outcome: AppendOutcome | undefined;
}

function nextFrame(
  { runId, epoch, mode }: OpenRun,
  state: WriterState,
  events: readonly RunEvent[],
): AppendFrame {
  const visible = mode === 'live' && events.some(isVisible);
  state.seq += 1;
  state.inFlight = true;
  if (mode === 'live') trackLooseEnds(state.looseEnds, events);
  const tools = events.some(startsTools) ? { startsTools: true } : {};
  const frame = { runId, epoch, seq: state.seq, visible, ...tools, payload: encodeEvents(events) };
  const { ended } = state;
  return ended
    ? { ...frame, end: { reason: ended.reason, tokens: totalTokens(ended), mayRetry: mayRetry(ended) } }
    : frame;
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
