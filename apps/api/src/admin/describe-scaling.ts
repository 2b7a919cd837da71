import type { WatchedSignal } from '@calute/core/scaling/watch-demand';

/** What `/scaling` answers; an autoscaler reads single fields of it. */
export function describeScaling(signal: WatchedSignal) {
  const { waiting, running, freeSlots, heldBack, liveWorkers, needed, desired } = signal;
  return {
    backlog: waiting,
    running,
    freeSlots,
    heldBack,
    liveWorkers,
    neededWorkers: needed,
    desiredWorkers: desired,
    pausedProviders: signal.providers.filter(({ isShut }) => isShut).map(({ name }) => name),
    classes: signal.classes,
  };
}

export type ScalingState = ReturnType<typeof describeScaling>;
