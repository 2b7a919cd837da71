import type { FindAgent } from '../../agent/agent.ts';
import type { TeamMember, TeamTask } from '../../agent/team.ts';
import type { TeamSettings } from '../team-settings.ts';
import type { SettledTask } from '../team-work.ts';
import { backgroundSection, joinSections, resultsSection, type TaskResult } from './sections.ts';

/** What a lead is told to make a plan. */
export function makePlanBrief(members: string, { process, background }: TeamSettings): string {
  const order =
    process === 'sequential'
      ? 'The tasks are done one after the other, and the result of the last one is the answer.'
      : 'Tasks that do not depend on each other are done side by side.';
  return joinSections(
    'Do not answer this yourself: plan it for your team, in 1 to 10 tasks.',
    members,
    backgroundSection(background),
    `Say of each task what is to be done (description), what has to come of it (expected_output), who does it (member), and the numbers, from 1, of the tasks whose results it needs (depends_on). ${order}`,
  );
}

/** What a lead is told to choose who does which task. */
export function makeAssignmentBrief(
  members: string,
  tasks: readonly Pick<TeamTask, 'id' | 'description'>[],
  { background }: TeamSettings,
): string {
  return joinSections(
    'Do not answer this yourself: say which member of your team does each task.',
    members,
    ['Tasks:', ...tasks.map(({ id, description }) => `- ${id}: ${description}`)].join('\n'),
    backgroundSection(background),
  );
}

/** What a lead is told to review a result. */
export function makeReviewBrief(
  { description, expectedOutput }: SettledTask,
  result: TaskResult,
  { background }: TeamSettings,
): string {
  return joinSections(
    'Do not answer this yourself: review what a member of your team has done for it.',
    description && `The task: ${description}`,
    expectedOutput && `Expected output: ${expectedOutput}`,
    backgroundSection(background),
    resultsSection('The result:', [result]),
    'Say whether it can be used as it is (approved), how good it is from 0 to 10 (score), and what has to be improved (feedback).',
  );
}

/** What a lead is told to give the answer. */
export function makeAnswerBrief(
  { process, background }: TeamSettings,
  results: readonly TaskResult[],
): string {
  const use =
    process === 'consensus'
      ? 'Each member of your team has answered this by itself. Give one answer: what they agree on, and where they differ what is best supported.'
      : 'Your team has done the work. Answer from its results.';
  return joinSections(use, backgroundSection(background), resultsSection('Results:', results));
}

/** The members, as their lead is told of them. */
export function describeMembers(members: readonly TeamMember[], findMember: FindAgent): string {
  const lines = members.map(({ agent, role, goal }) => {
    const facts = [role, goal && `Goal: ${goal}`, findMember(agent)?.description].filter((fact) => fact);
    return facts.length === 0 ? `- ${agent}` : `- ${agent}: ${facts.join('. ')}`;
  });
  return ['Members:', ...lines].join('\n');
}
