import type { RunUsage } from '@calute/core/runs/run-end';
import type { CommitEvent } from '@calute/core/runs/run-event';
import type { RunHistory } from '@calute/core/runs/run-history';

/** What the steps of a run that are stored have used, those of earlier attempts included. */
export interface StepUsage {
  add(event: CommitEvent): void;
  list(): readonly RunUsage[];
}

export function createStepUsage(committed: readonly RunHistory[]): StepUsage {
  /** By choice, or by the name of a branch. */
  const known = new Map<number | string, readonly RunUsage[]>();
  for (const [choice, { steps, end, branches = [] }] of committed.entries()) {
    known.set(choice, end ? [end.usage] : steps.map(({ usage }) => usage));
    for (const [name, branch] of branches)
      known.set(name, branch.done ? [branch.done.end.usage] : branch.steps.map(({ usage }) => usage));
  }
  return {
    add(event) {
      const key = ('branch' in event ? event.branch : undefined) ?? event.choice ?? 0;
      if (event.type === 'step-calls') known.set(key, [...(known.get(key) ?? []), event.usage]);
      // The end of a choice or a branch has the sum of its steps.
      if (event.type === 'choice-end' || event.type === 'branch-end') known.set(key, [event.end.usage]);
    },
    list: () => [...known.values()].flat(),
  };
}
