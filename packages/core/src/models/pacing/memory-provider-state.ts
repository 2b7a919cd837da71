import { ageLane, blankLane, isKnown, type Lane } from './lane.ts';
import type { ProviderState } from './provider-state.ts';
import { stepLanes } from './step-lanes.ts';

/** The lanes of one process, for tests and for workers of their own; `now` is in ms. */
export function createMemoryProviderState(now: () => number): ProviderState {
  const lanes = new Map<string, Lane>();
  return {
    async step(step) {
      const stored = step.lanes.map(({ name }) => lanes.get(name) ?? blankLane);
      const { lanes: next, answer } = stepLanes(stored, step, now());
      step.lanes.forEach(({ name }, index) => {
        const lane = next[index];
        if (lane !== undefined && isKnown(lane)) lanes.set(name, lane);
        else lanes.delete(name);
      });
      return answer;
    },
    async read() {
      const nowMs = now();
      const known = [...lanes].map(([name, lane]) => ({ name, ...ageLane(lane, nowMs) }));
      return { nowMs, lanes: known.filter(isKnown).toSorted((a, b) => a.name.localeCompare(b.name)) };
    },
  };
}
