import type { AgentRun } from '../agent-run.ts';
import { durationExceeded } from './assert-may-go-on.ts';

/** The time that a run may take. */
export interface RunDuration extends Disposable {
  /** Aborts as the run's own signal does, and with `run_limit_exceeded` when the time is over. */
  readonly signal: AbortSignal;
  /** What each step has to store, so that the next attempt goes on counting. */
  readonly stamp: { readonly startedAtMs?: number };
}

interface TimedRun extends Pick<AgentRun, 'agent' | 'context' | 'signal'> {
  /** What earlier attempts have stored that says when the first of them began. */
  readonly committed?: readonly { readonly startedAtMs?: number | undefined }[];
}

/**
 * Holds `limits.maxDurationMs`, by the wall clock, from the start of the first attempt that has stored a step: of others
 * nothing is known. What passes between two attempts counts.
 */
export function limitDuration({ agent, committed = [], context, signal }: TimedRun): RunDuration {
  const { maxDurationMs } = agent.limits;
  if (maxDurationMs === undefined) return { signal, stamp: {}, [Symbol.dispose]: () => undefined };
  const nowMs = context.now.getTime();
  const startedAtMs = committed.find((step) => step.startedAtMs !== undefined)?.startedAtMs ?? nowMs;
  const over = new AbortController();
  const end = () => over.abort(durationExceeded(agent, maxDurationMs));
  // Another worker's clock may be ahead of this one's.
  const remainingMs = Math.min(maxDurationMs, startedAtMs + maxDurationMs - nowMs);
  const timer = setTimeout(end, Math.max(0, remainingMs));
  if (remainingMs <= 0) end();
  return {
    signal: AbortSignal.any([signal, over.signal]),
    stamp: { startedAtMs },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
