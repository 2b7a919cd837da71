/** What is done in a branch of a team's run. A second round with a task, after its review, is a `revise`. */
export type BranchKind = 'plan' | 'assign' | 'task' | 'review' | 'revise' | 'answer';

export interface BranchName {
  readonly kind: BranchKind;
  /** The id of the task that it is about. */
  readonly task?: string;
}

/** As it stands in the log: `plan`, `task:facts`. */
export function nameBranch(kind: BranchKind, task?: string): string {
  return task === undefined ? kind : `${kind}:${task}`;
}

export function readBranchName(name: string): BranchName {
  const colon = name.indexOf(':');
  // because `nameBranch` has made it
  if (colon === -1) return { kind: name as BranchKind };
  return { kind: name.slice(0, colon) as BranchKind, task: name.slice(colon + 1) };
}
