import { z } from 'zod';
import { createVerdict, type Verdict } from './verdict.ts';

/** Members by the ids of the tasks that they are to do. */
export type Assignment = Readonly<Record<string, string>>;

export function createAssignmentVerdict(
  tasks: readonly string[],
  members: readonly string[],
): Verdict<Assignment> {
  const shape = z.strictObject(Object.fromEntries(tasks.map((id) => [id, z.enum(members)])));
  return createVerdict<Assignment>({ what: 'assignment', shape });
}
