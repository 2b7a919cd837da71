import type { CompletedEnd } from './run-end.ts';
import { type CommitEvent, isVisible, type RunEvent } from './run-event.ts';

/** A step as its event tells it. */
export type StepCalls = Extract<CommitEvent, { type: 'step-calls' }>;

/** A model turn with calls of the agent's own tools, as an earlier attempt has stored it. */
export interface CommittedStep extends Omit<StepCalls, 'type' | 'choice' | 'branch'> {
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
  /** What was done beside the answer, by name; absent where there is nothing. */
  readonly branches?: ReadonlyMap<string, BranchHistory>;
}

/** What earlier attempts have left of a branch. */
export interface BranchHistory {
  readonly agent: string;
  readonly startedAtMs: number;
  readonly steps: readonly CommittedStep[];
  /** Set once it is complete. */
  readonly done?: { readonly text: string; readonly end: CompletedEnd };
}

interface GrowingStep extends CommittedStep {
  readonly results: (string | undefined)[];
}

interface GrowingBranch extends BranchHistory {
  readonly steps: GrowingStep[];
  done?: { readonly text: string; readonly end: CompletedEnd };
}

export function readHistory(events: Iterable<RunEvent>, choice = 0): RunHistory {
  const steps: GrowingStep[] = [];
  const branches = new Map<string, GrowingBranch>();
  let hasLooseEnd = false;
  let end: CompletedEnd | undefined;
  for (const event of events) {
    if (event.type === 'run-end' || (event.choice ?? 0) !== choice) continue;
    if (isVisible(event)) hasLooseEnd = true;
    else if ('branch' in event && event.branch !== undefined) addToBranch(branches, event.branch, event);
    else {
      addToSteps(steps, event);
      if (event.type === 'choice-end') end = event.end;
      if (event.type !== 'tool-result') hasLooseEnd = false;
    }
  }
  return {
    steps,
    hasLooseEnd,
    ...(end === undefined ? {} : { end }),
    ...(branches.size === 0 ? {} : { branches }),
  };
}

function addToSteps(steps: GrowingStep[], event: CommitEvent): void {
  if (event.type === 'step-calls') {
    const { type, branch, choice, ...step } = event;
    steps.push({ ...step, results: step.calls.map(() => undefined) });
  } else if (event.type === 'tool-result') {
    const results = steps.at(-1)?.results;
    if (results) results[event.index] = event.content;
  }
}

function addToBranch(branches: Map<string, GrowingBranch>, name: string, event: CommitEvent): void {
  if (event.type === 'branch-start') {
    const { agent, startedAtMs } = event;
    branches.set(name, { agent, startedAtMs, steps: [] });
    return;
  }
  const branch = branches.get(name);
  if (branch === undefined) return;
  if (event.type === 'branch-end') branch.done = { text: event.text, end: event.end };
  else addToSteps(branch.steps, event);
}

/** The agents that an attempt has to know to go on from here, of a run that asked for `requested`. */
export function listSpeakers(requested: string, choices: readonly RunHistory[]): ReadonlySet<string> {
  const open = choices.flatMap(({ branches }) => [...(branches?.values() ?? [])].filter(({ done }) => !done));
  const steps = [...choices, ...open].flatMap((one) => one.steps);
  return new Set([
    requested,
    ...open.map(({ agent }) => agent),
    ...steps.flatMap(({ agent = requested, handoff }) => (handoff ? [agent, handoff.agent] : [agent])),
  ]);
}
