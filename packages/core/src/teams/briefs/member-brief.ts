import type { TeamSettings } from '../team-settings.ts';
import type { SettledTask } from '../team-work.ts';
import type { Review } from '../verdicts/review.ts';
import { backgroundSection, joinSections, resultsSection, type TaskResult } from './sections.ts';

/** What a member is told beside the client's conversation; empty for the request itself. */
export function makeTaskBrief(
  { description, expectedOutput }: SettledTask,
  { background }: TeamSettings,
  inputs: readonly TaskResult[],
): string {
  return joinSections(
    description && `For this you work in a team. Your task:\n${description}`,
    expectedOutput && `Expected output: ${expectedOutput}`,
    backgroundSection(background),
    resultsSection('Results of earlier tasks:', inputs),
    description && 'Do this task alone, and answer with its result.',
  );
}

/** The same for the round after a review. */
export function makeRevisionBrief(brief: string, text: string, { feedback }: Review): string {
  return joinSections(
    brief,
    `Your first result:\n<result>\n${text}\n</result>`,
    `It was reviewed: ${feedback}`,
    'Improve it accordingly, and answer with the whole improved result.',
  );
}
