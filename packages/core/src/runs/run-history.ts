import type { RunUsage } from './run-end.ts';
import { type CommitEvent, isVisible, type OwnCall, type RunEvent } from './run-event.ts';

/** A step as its event tells it. */
export type StepCalls = Extract<CommitEvent, { type: 'step-calls' }>;

/** A model turn with calls of the agent's own tools, as an earlier attempt has stored it. */
export interface CommittedStep extends Pick<StepCalls, 'agent' | 'model' | 'handoff'> {
  readonly text: string;
  readonly calls: readonly OwnCall[];
  readonly usage: RunUsage;
  /** What each call came to, in their order; undefined for one that may have been running when its worker died. */
  readonly results: readonly (string | undefined)[];
}

/** What earlier attempts at a run have left in its log. */
export interface RunHistory {
  readonly steps: readonly CommittedStep[];
  /** Whether something was shown after the last step: nobody can go on from there. */
  readonly hasLooseEnd: boolean;
}

export function readHistory(events: Iterable<RunEvent>): RunHistory {
  const steps: (CommittedStep & { readonly results: (string | undefined)[] })[] = [];
  let hasLooseEnd = false;
  for (const event of events) {
    if (event.type === 'step-calls') {
      const { text, calls, usage, agent, model, handoff } = event;
      steps.push({ text, calls, usage, agent, model, handoff, results: calls.map(() => undefined) });
      hasLooseEnd = false;
    } else if (event.type === 'tool-result') {
      const results = steps.at(-1)?.results;
      if (results) results[event.index] = event.content;
    } else if (isVisible(event)) {
      hasLooseEnd = true;
    }
  }
  return { steps, hasLooseEnd };
}

/** The agents that an attempt has to know to go on after these steps, of a run that asked for `requested`. */
export function listSpeakers(requested: string, steps: readonly CommittedStep[]): ReadonlySet<string> {
  return new Set([
    requested,
    ...steps.flatMap(({ agent = requested, handoff }) => (handoff ? [agent, handoff.agent] : [agent])),
  ]);
}
