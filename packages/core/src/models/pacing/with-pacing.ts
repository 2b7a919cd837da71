import { type BackOff, jitterMs } from '../../async/back-off.ts';
import type { Wait } from '../../async/wait.ts';
import { CaluteError } from '../../errors.ts';
import { type BegunStream, begin, streamOf } from '../begun-stream.ts';
import type { ModelCall, ModelProvider } from '../model-provider.ts';
import { HeldStream } from './held-stream.ts';
import { judgeFailure } from './judge-failure.ts';
import type { ModelLane, Pass } from './model-lane.ts';
import { type CallPatience, createCallPatience, type Patience } from './patience.ts';
import { toRefusalError } from './refusal-error.ts';
import type { WaitingLine } from './waiting-line.ts';

export interface PacingParts {
  /** Of the upstream, for messages. */
  readonly host: string;
  readonly lane: ModelLane;
  readonly line: WaitingLine;
  readonly backOff: BackOff;
  /** The most that a call waits for its provider. */
  readonly providerWaitMs: number;
  readonly wait: Wait;
  /** In [0, 1). */
  readonly random: () => number;
  /** In ms; never goes back. */
  readonly now: () => number;
  /** The time, in Unix ms. */
  readonly clock: () => number;
}

const watched: Patience = { ifPaused: 'wait' };

/**
 * Paces a provider: its calls wait while it asks for a pause, keeps failing, or has as many calls open as it takes, and
 * are tried again when they fail in a way that may pass. All of it before the first event: nothing that was seen is said
 * twice. A wait beyond the call's patience is not begun: the failure is thrown at once with the time to come back, or
 * ProviderPaused if the run may leave. An abort during a wait throws the signal's reason.
 */
export function withPacing(provider: ModelProvider, parts: PacingParts): ModelProvider {
  return {
    ...provider,
    stream: (call, signal, given = watched) =>
      streamOf(() => {
        const patience = createCallPatience(given, parts);
        return beginPaced(provider, parts, { call, signal, patience });
      }),
  };
}

interface PacedCall {
  readonly call: ModelCall;
  readonly signal: AbortSignal;
  readonly patience: CallPatience;
}

async function beginPaced(
  provider: ModelProvider,
  parts: PacingParts,
  paced: PacedCall,
): Promise<BegunStream> {
  const { call, signal } = paced;
  let failure: CaluteError | undefined;
  for (let tries = 1; ; tries++) {
    const pass = await enter(parts, paced, failure);
    try {
      return hold(await begin(provider.stream(call, signal)), pass, parts.line);
    } catch (error) {
      const { outcome, isRetryable } = judgeFailure(signal.aborted ? undefined : error);
      const isLast = !isRetryable || (outcome.pauseMs === 0 && tries > parts.backOff.maxRetries);
      // A call that is tried again has not failed yet; of a probe the first try tells.
      const isOpen = outcome.result === 'failed' && !isLast && !pass.isProbe;
      await pass.end(isOpen ? { ...outcome, result: 'unknown' } : outcome);
      parts.line.wakeNext();
      if (isLast || !CaluteError.is(error)) throw error;
      failure = error;
      await rest(parts, paced, { failure, pauseMs: outcome.pauseMs, tries });
    }
  }
}

/** Lets its slot go when the stream is over. */
function hold({ first, rest }: BegunStream, pass: Pass, line: WaitingLine): BegunStream {
  const end = () => {
    void pass.end();
    line.wakeNext();
  };
  if (first.done === true) {
    end();
    return { first, rest };
  }
  pass.answered();
  return { first, rest: new HeldStream(rest, end) };
}

/** Waits until the call is let in. If that takes too long, it throws `failure`, which it met before, or why it is kept out. */
async function enter(
  { host, lane, line, now }: PacingParts,
  { signal, patience }: PacedCall,
  failure: CaluteError | undefined,
): Promise<Pass> {
  for (let waits = 0; ; waits++) {
    signal.throwIfAborted();
    const entry = await lane.enter();
    if (entry.outcome === 'admitted') {
      if (waits > 0) line.countEntry();
      line.wakeNext();
      return entry.pass;
    }
    const isNearlyIn = entry.reason === 'full' && line.isShort();
    if (!patience.allows(entry.waitMs, isNearlyIn))
      throw patience.giveUp(entry.waitMs, toRefusalError(host, entry, failure));
    const sinceMs = now();
    await line.wait(entry.waitMs, signal);
    patience.spend(now() - sinceMs);
  }
}

interface Tried {
  readonly failure: CaluteError;
  readonly pauseMs: number;
  readonly tries: number;
}

/** Between two tries: as long as the provider asks for, and some more at random. */
async function rest(
  { backOff, wait, random }: PacingParts,
  { signal, patience }: PacedCall,
  { failure, pauseMs, tries }: Tried,
): Promise<void> {
  if (pauseMs > 0 && !patience.allows(pauseMs)) throw patience.giveUp(pauseMs, failure);
  const waitMs = pauseMs + jitterMs(backOff, tries - 1, random);
  if (pauseMs > 0) patience.spend(waitMs);
  await wait(waitMs, signal);
}
