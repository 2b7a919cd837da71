import type { RunUsage } from '@calute/core/runs/run-end';
import type { CommitEvent } from '@calute/core/runs/run-event';
import type { RunHistory } from '@calute/core/runs/run-history';

/** What the steps of a run that are stored have used, those of earlier attempts included. */
export interface StepUsage {
  add(event: CommitEvent): void;
  list(): readonly RunUsage[];
}

export function createStepUsage(committed: readonly RunHistory[]): StepUsage {
  const histories = committed.map(({ steps, end }) => (end ? [end.usage] : steps.map(({ usage }) => usage)));
  const byChoice = new Map(histories.entries());
  return {
    add(event) {
      const { choice = 0 } = event;
      if (event.type === 'step-calls') byChoice.set(choice, [...(byChoice.get(choice) ?? []), event.usage]);
      // The end of a choice has the sum of its steps.
      if (event.type === 'choice-end') byChoice.set(choice, [event.end.usage]);
    },
    list: () => [...byChoice.values()].flat(),
  };
}
