import type { CompletedEnd, RunUsage } from './run-end.ts';
import { isVisible, type OwnCall, type RunEvent } from './run-event.ts';

/** A model turn with calls of the agent's own tools, as an earlier attempt has stored it. */
export interface CommittedStep {
  readonly text: string;
  readonly calls: readonly OwnCall[];
  readonly usage: RunUsage;
  /** Whether its calls run one after the other; kept, so that an attempt never runs them otherwise than the one before. */
  readonly sequential?: boolean | undefined;
  /** When the run's first attempt began, in Unix ms; where its duration is limited. */
  readonly startedAtMs?: number | undefined;
  /** What each call came to, in their order; undefined for one that may have been running when its worker died. */
  readonly results: readonly (string | undefined)[];
}

/** What earlier attempts at a run have left of one choice in its log. */
export interface RunHistory {
  readonly steps: readonly CommittedStep[];
  /** Whether something was shown after the last step: nobody can go on from there. */
  readonly hasLooseEnd: boolean;
  /** Set once the choice is complete; where only one was asked for the run ends instead. */
  readonly end?: CompletedEnd;
}

export function readHistory(events: Iterable<RunEvent>, choice = 0): RunHistory {
  const steps: (CommittedStep & { readonly results: (string | undefined)[] })[] = [];
  let hasLooseEnd = false;
  let end: CompletedEnd | undefined;
  for (const event of events) {
    if (event.type === 'run-end' || (event.choice ?? 0) !== choice) continue;
    if (event.type === 'step-calls') {
      const { type, ...step } = event;
      steps.push({ ...step, results: step.calls.map(() => undefined) });
      hasLooseEnd = false;
    } else if (event.type === 'tool-result') {
      const results = steps.at(-1)?.results;
      if (results) results[event.index] = event.content;
    } else if (event.type === 'choice-end') {
      end = event.end;
      hasLooseEnd = false;
    } else if (isVisible(event)) {
      hasLooseEnd = true;
    }
  }
  return { steps, hasLooseEnd, ...(end === undefined ? {} : { end }) };
}
