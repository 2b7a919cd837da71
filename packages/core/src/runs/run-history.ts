import type { CompletedEnd } from './run-end.ts';
import { type CommitEvent, isVisible, type RunEvent } from './run-event.ts';

/** A step as its event tells it. */
export type StepCalls = Extract<CommitEvent, { type: 'step-calls' }>;

/** A model turn with calls of the agent's own tools, as an earlier attempt has stored it. */
export interface CommittedStep extends Omit<StepCalls, 'type' | 'choice'> {
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

/** The agents that an attempt has to know to go on from here, of a run that asked for `requested`. */
export function listSpeakers(requested: string, choices: readonly RunHistory[]): ReadonlySet<string> {
  const steps = choices.flatMap((choice) => choice.steps);
  return new Set([
    requested,
    ...steps.flatMap(({ agent = requested, handoff }) => (handoff ? [agent, handoff.agent] : [agent])),
  ]);
}
