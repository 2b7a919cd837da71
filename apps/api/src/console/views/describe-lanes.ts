import { countCalls } from '@calute/core/models/pacing/lane';
import type { NamedLane, ProviderStates } from '@calute/core/models/pacing/provider-state';

/** The ways to model providers, of which anything is known: whether they take calls, and how many are open. */
export function describeLanes({ lanes, nowMs }: ProviderStates) {
  return lanes.map((lane) => ({ name: lane.name, ...stateOf(lane, nowMs), calls: countCalls(lane) }));
}

function stateOf({ pausedUntilMs, openMs, openUntilMs, limit, failures }: NamedLane, nowMs: number) {
  if (pausedUntilMs > nowMs) return { state: 'paused', for_ms: pausedUntilMs - nowMs };
  if (openMs > 0) return { state: 'circuit open', for_ms: Math.max(0, openUntilMs - nowMs) };
  if (limit > 0) return { state: 'limited', limit: Math.max(1, Math.floor(limit)) };
  return failures > 0 ? { state: 'failing', failures } : { state: 'fine' };
}
