import type { Lane } from '../models/pacing/lane.ts';
import { countCalls } from '../models/pacing/lane.ts';
import type { NamedLane, ProviderStates } from '../models/pacing/provider-state.ts';

/** Whether a lane lets nothing through now: its provider asked for a pause, or kept failing. */
export function isShut({ pausedUntilMs, openMs, openUntilMs }: Lane, nowMs: number): boolean {
  return pausedUntilMs > nowMs || (openMs > 0 && openUntilMs > nowMs);
}

/** Whether a lane is shut and no call gets through another one: then further workers would only wait with the others. */
export function areProvidersPaused({ lanes, nowMs }: ProviderStates): boolean {
  const shut = lanes.filter((lane) => isShut(lane, nowMs));
  const isOpen = (lane: NamedLane) =>
    countCalls(lane) > 0 &&
    !shut.some(({ name }) => lane.name === name || isPart(lane.name, name) || isPart(name, lane.name));
  return shut.length > 0 && !lanes.some(isOpen);
}

/** A provider's lane is named by provider and host, that of one of its models by the model behind them. */
function isPart(model: string, provider: string): boolean {
  return model.startsWith(`${provider} `);
}
