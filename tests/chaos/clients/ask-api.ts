import type { RunPlan } from '../plan-runs.ts';
import { wireOf } from './wire.ts';

/** What clients need to know of the suite. */
export interface ClientParts {
  readonly apiUrls: readonly [string, string];
  /** Without the log nobody can resume from a cursor: a client then joins again at the present. */
  readonly resumesByCursor: boolean;
  /** Aborts when the suite is broken off. */
  readonly signal: AbortSignal;
}

/** After its deadline a run has so long to be over. */
export const stuckAfterMs = 10_000;
/** A client that reads slowly is that late itself. */
const slowReaderMs = 30_000;
export const tryAgainMs = 150;

/** How long a client waits for the end of a run that it has just asked for. */
export function patienceMs({ deadlineMs, behaviour }: RunPlan): number {
  return deadlineMs + stuckAfterMs + (behaviour.type === 'slow' ? slowReaderMs : 0);
}

/** Refusals that ask for another try, and say nothing about a run. */
export function isRefusedForNow(code: string): boolean {
  return ['store_unavailable', 'server_draining', 'server_is_overloaded', 'slow_down'].includes(code);
}

/** The request that starts the run of `plan`, or attaches to it by its key. */
export function toPost(plan: RunPlan): RequestInit {
  const { tag, tokens, firstTokenMs, paceMs, padBytes, behaviour, keyed, deadlineMs } = plan;
  const { refusedFirst, tier } = plan;
  const order = {
    run: tag,
    tokens,
    firstTokenMs,
    paceMs,
    padBytes,
    ...(behaviour.type === 'cut' ? { cutAt: behaviour.atToken } : {}),
    ...(refusedFirst ? { refusedFirst } : {}),
    ...(behaviour.type === 'tool' ? { toolAfter: behaviour.afterToken } : {}),
  };
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-request-deadline-ms': String(deadlineMs),
      ...(keyed ? { 'idempotency-key': tag } : {}),
    },
    body: JSON.stringify({
      ...(tier === 'flex' ? { service_tier: tier } : {}),
      model: behaviour.type === 'tool' ? 'chaos-tool' : 'chaos',
      ...wireOf(plan).body(plan, JSON.stringify(order)),
    }),
  };
}
