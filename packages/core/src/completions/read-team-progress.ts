import { readBranchName } from '../runs/branch-name.ts';
import type { FinishReason } from '../runs/run-end.ts';
import type { CommitEvent } from '../runs/run-event.ts';
import { readPlan } from '../teams/verdicts/plan.ts';
import { reviewVerdict } from '../teams/verdicts/review.ts';

/** What a client that asked for progress is told of a team; of results only that they are there. */
export type TeamProgress =
  | {
      readonly event: 'plan';
      readonly tasks: readonly {
        readonly task: string;
        readonly agent: string;
        readonly description: string;
        readonly depends_on: readonly string[];
      }[];
    }
  | {
      readonly event: 'task-start';
      readonly task: string;
      readonly agent: string;
      /** Of a task that is done again after its review. */
      readonly round?: 2;
    }
  | {
      readonly event: 'task-end';
      readonly task: string;
      readonly agent: string;
      readonly round?: 2;
      readonly duration_ms: number;
      /** Where the result was cut off. */
      readonly finish_reason?: FinishReason;
    }
  | {
      readonly event: 'review';
      readonly task: string;
      readonly agent: string;
      readonly approved: boolean;
      readonly score: number;
    }
  /** The lead begins with the answer. */
  | { readonly event: 'answer-start'; readonly agent: string };

type BranchEvent = Extract<CommitEvent, { type: 'branch-start' | 'branch-end' }>;

export function readTeamProgress(event: BranchEvent): readonly TeamProgress[] {
  return event.type === 'branch-start' ? readStart(event) : readEnd(event);
}

function readStart({ branch, agent }: BranchEvent): readonly TeamProgress[] {
  const { kind, task } = readBranchName(branch);
  if (kind === 'answer') return [{ event: 'answer-start', agent }];
  if (task === undefined || kind === 'review') return [];
  return [{ event: 'task-start', task, agent, ...roundOf(kind) }];
}

function readEnd({
  branch,
  agent,
  text,
  end,
}: BranchEvent & { type: 'branch-end' }): readonly TeamProgress[] {
  const { kind, task } = readBranchName(branch);
  if (kind === 'plan') return unlessUnreadable(() => toPlan(text));
  if (task === undefined) return [];
  if (kind === 'review') return unlessUnreadable(() => toReview(text, task, agent));
  const duration = Math.round(end.processingMs);
  const cut = end.finishReason === 'stop' ? {} : { finish_reason: end.finishReason };
  return [{ event: 'task-end', task, agent, ...roundOf(kind), duration_ms: duration, ...cut }];
}

/** A newer worker may write what this version cannot read; the answer matters more. */
function unlessUnreadable(read: () => TeamProgress): readonly TeamProgress[] {
  try {
    return [read()];
  } catch {
    return [];
  }
}

function toReview(text: string, task: string, agent: string): TeamProgress {
  const { approved, score } = reviewVerdict.read(text);
  return { event: 'review', task, agent, approved, score };
}

function roundOf(kind: string): { readonly round?: 2 } {
  return kind === 'revise' ? { round: 2 } : {};
}

function toPlan(text: string): TeamProgress {
  const tasks = readPlan(text).tasks.map(({ description, member, depends_on: dependsOn }, index) => ({
    task: String(index + 1),
    agent: member,
    description,
    depends_on: dependsOn.map(String),
  }));
  return { event: 'plan', tasks };
}
