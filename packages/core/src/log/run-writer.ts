import { CaluteError } from '../errors.ts';
import type { RunId } from '../ids.ts';
import { encodeEvents } from '../runs/frame-payload.ts';
import type { RunEnd } from '../runs/run-end.ts';
import type { RunEvent } from '../runs/run-event.ts';
import type { AppendFrame, AppendOutcome } from './run-log.ts';

export interface OpenRun {
  readonly runId: RunId;
  readonly epoch: number;
  /** The last sequence in the log. */
  readonly seq: number;
  /**
   * `live` sends each turn's events. `whole` keeps everything until the end, for a client that wants one answer:
   * a lost attempt then leaves nothing in the log that the next one could contradict.
   */
  readonly mode: 'live' | 'whole';
  /** Called once when the store refuses this attempt: it is fenced, or the run has ended. */
  onRefused(outcome: Exclude<AppendOutcome, 'stored'>): void;
}

export type PendingFrame = AppendFrame;

/** The events of one attempt on their way to the log, in order. */
export interface RunWriter {
  /** Takes an event; resolves when there is room for the next one. Throws CaluteError `output_too_large`. */
  write(event: Exclude<RunEvent, { type: 'run-end' }>): Promise<void> | undefined;
  /** Writes the run's end; resolves when it is stored or refused. */
  end(end: RunEnd): Promise<AppendOutcome>;
  /** Stops trying: nothing more of this attempt goes out. */
  giveUp(): void;
  readonly isGivenUp: boolean;
  /** Whether anything has been sent that a client sees, stored or not. */
  readonly hasShown: boolean;
  /** For the frame writer: the next frame, unless one is under way or there is nothing to send. */
  takeFrame(): PendingFrame | undefined;
  /** For the frame writer: what became of that frame. */
  settle(outcome: AppendOutcome): void;
}

/** A run whose frames do not get out stops reading from its model beyond this. */
const maxPendingBytes = 256 * 1024;
/** A whole answer is kept in memory, and later in one log entry. */
const maxWholeBytes = 16 * 1024 * 1024;

export function createRunWriter(run: OpenRun, schedule: (writer: RunWriter) => void): RunWriter {
  const { runId, epoch, mode, onRefused } = run;
  const room = createGate();
  const finished = createGate();
  let seq = run.seq;
  let pending: RunEvent[] = [];
  let pendingBytes = 0;
  let inFlight = false;
  let shown = false;
  let ended: RunEnd | undefined;
  let outcome: AppendOutcome | undefined;

  const settleFinally = (final: AppendOutcome) => {
    outcome ??= final;
    pending = [];
    room.open();
    finished.open();
  };
  const writer: RunWriter = {
    write(event) {
      if (outcome) return undefined;
      pending.push(event);
      pendingBytes += eventBytes(event);
      if (mode === 'whole') return assertFits(pendingBytes);
      schedule(writer);
      return pendingBytes > maxPendingBytes ? room.wait() : undefined;
    },
    async end(end) {
      if (!outcome) {
        ended = end;
        pending.push({ type: 'run-end', end });
        schedule(writer);
        await finished.wait();
      }
      return outcome ?? 'unknown';
    },
    giveUp: () => settleFinally('fenced'),
    get isGivenUp() {
      return outcome !== undefined;
    },
    get hasShown() {
      return shown;
    },
    takeFrame() {
      if (inFlight || pending.length === 0) return undefined;
      const events = pending;
      pending = [];
      pendingBytes = 0;
      inFlight = true;
      seq += 1;
      const visible = mode === 'live' && events.some((event) => event.type !== 'run-end');
      shown ||= visible;
      const frame = { runId, epoch, seq, visible, payload: encodeEvents(events) };
      return ended ? { ...frame, end: { reason: ended.reason, tokens: totalTokens(ended) } } : frame;
    },
    settle(stored) {
      inFlight = false;
      if (stored !== 'stored') {
        if (!outcome) onRefused(stored);
        settleFinally(stored);
      } else if (pending.length > 0) {
        schedule(writer);
      } else if (ended) {
        settleFinally('stored');
      }
      if (pendingBytes <= maxPendingBytes) room.open();
    },
  };
  return writer;
}

function assertFits(bytes: number): undefined {
  if (bytes <= maxWholeBytes) return undefined;
  throw new CaluteError('output_too_large', `The answer is larger than ${maxWholeBytes} bytes.`);
}

function totalTokens(end: RunEnd): number {
  return end.reason === 'completed' ? end.usage.promptTokens + end.usage.completionTokens : 0;
}

/** About as many bytes as the event takes in the log. */
function eventBytes(event: RunEvent): number {
  if (event.type === 'text-delta' || event.type === 'reasoning-delta') return event.text.length + 4;
  return JSON.stringify(event).length;
}

/** Lets all who wait go on at once, every time it is opened. */
function createGate() {
  let gate = Promise.withResolvers<void>();
  return {
    wait: () => gate.promise,
    open() {
      gate.resolve();
      gate = Promise.withResolvers<void>();
    },
  };
}
