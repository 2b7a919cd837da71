import { mergeInTurn } from '../../loop/merge-in-turn.ts';
import { nameBranch } from '../../runs/branch-name.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import { addBrief } from '../briefs/add-brief.ts';
import { makeReviewBrief } from '../briefs/lead-briefs.ts';
import { makeRevisionBrief, makeTaskBrief } from '../briefs/member-brief.ts';
import type { TaskResult } from '../briefs/sections.ts';
import { type BranchResult, runBranch } from '../run-branch.ts';
import type { SettledTask, TeamWork } from '../team-work.ts';
import { reviewVerdict } from '../verdicts/review.ts';
import { findTeamMember } from './find-member.ts';

/** Results by the ids of their tasks. */
export type TaskResults = ReadonlyMap<string, TaskResult>;

/**
 * Does all tasks, each as soon as what it depends on is done and stored; in a sequential process one after the other. A
 * failure of one ends all.
 */
export async function* runTasks(
  work: TeamWork,
  tasks: readonly SettledTask[],
): AsyncGenerator<readonly RunEvent[], TaskResults> {
  const results = new Map<string, TaskResult>();
  const done = new Map(tasks.map(({ id }) => [id, Promise.withResolvers<void>()]));
  const isSequential = work.settings.process === 'sequential';
  const start = async function* (task: SettledTask, index: number): AsyncGenerator<readonly RunEvent[]> {
    const before = isSequential ? tasks.slice(0, index).map(({ id }) => id) : task.dependsOn;
    await Promise.all(before.map((id) => done.get(id)?.promise));
    const result = yield* runTask(work, task, pickInputs(task, results));
    results.set(task.id, { task: task.id, member: task.member, ...result });
    done.get(task.id)?.resolve();
  };
  yield* mergeInTurn(tasks.map(start));
  return results;
}

/** What a task is given of the others. */
export function pickInputs({ dependsOn }: SettledTask, results: TaskResults): readonly TaskResult[] {
  return dependsOn.flatMap((id) => results.get(id) ?? []);
}

/** In a hierarchical process the lead looks at the result once, and may have it improved once. */
async function* runTask(
  work: TeamWork,
  task: SettledTask,
  inputs: readonly TaskResult[],
): AsyncGenerator<readonly RunEvent[], BranchResult> {
  const { run, team, settings } = work;
  const { id, member } = task;
  const agent = findTeamMember(team, member, run.findMember);
  const brief = makeTaskBrief(task, settings, inputs);
  const { messages } = run.request;
  const first = yield* runBranch(work, {
    branch: nameBranch('task', id),
    agent,
    messages: addBrief(messages, brief),
  });
  if (settings.process !== 'hierarchical') return first;
  const { text } = yield* runBranch(work, {
    branch: nameBranch('review', id),
    agent: work.lead,
    messages: addBrief(messages, makeReviewBrief(task, { task: id, member, ...first }, settings)),
    verdict: reviewVerdict,
  });
  const review = reviewVerdict.read(text);
  if (review.approved) return first;
  return yield* runBranch(work, {
    branch: nameBranch('revise', id),
    agent,
    messages: addBrief(messages, makeRevisionBrief(brief, first.text, review)),
  });
}
