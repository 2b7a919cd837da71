import { ageLane, blankLane, isKnown, type Lane, type LaneClock } from './lane.ts';
import type { ProviderState } from './provider-state.ts';
import { stepLanes } from './step-lanes.ts';

/** The lanes of one process, for tests and for workers of their own; `now` is in ms. All its workers live unless it is told else. */
export function createMemoryProviderState(
  now: () => number,
  isAlive: LaneClock['isAlive'] = () => true,
): ProviderState {
  const lanes = new Map<string, Lane>();
  return {
    async step(step) {
      const stored = step.lanes.map(({ name }) => lanes.get(name) ?? blankLane);
      const { lanes: next, answer } = stepLanes(stored, step, { nowMs: now(), isAlive });
      step.lanes.forEach(({ name }, index) => {
        const lane = next[index];
        if (lane !== undefined && isKnown(lane)) lanes.set(name, lane);
        else lanes.delete(name);
      });
      return answer;
    },
    async read() {
      const nowMs = now();
      const known = [...lanes].map(([name, lane]) => ({ name, ...ageLane(lane, { nowMs, isAlive }) }));
      return { nowMs, lanes: known.filter(isKnown).toSorted((a, b) => a.name.localeCompare(b.name)) };
    },
  };
}
