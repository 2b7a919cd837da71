import { listLastTasks, orderTasks } from '../../agent/task-graph.ts';
import type { TeamProcess, TeamTask } from '../../agent/team.ts';
import { CaluteError } from '../../errors.ts';
import { nameBranch } from '../../runs/branch-name.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import { addBrief } from '../briefs/add-brief.ts';
import { describeMembers, makeAssignmentBrief, makePlanBrief } from '../briefs/lead-briefs.ts';
import { runBranch } from '../run-branch.ts';
import type { SettledTask, TeamWork } from '../team-work.ts';
import { type Assignment, createAssignmentVerdict } from '../verdicts/assignment.ts';
import { createPlanVerdict, readPlan } from '../verdicts/plan.ts';

/** What the only task is called that is the request itself. */
const requestTask = 'request';

type OpenTask = Omit<SettledTask, 'member'> & { readonly member?: string | undefined };

/** What there is to do, each task behind those that it depends on, and who does it; asks the lead where nobody has said. */
export async function* settleTasks(
  work: TeamWork,
): AsyncGenerator<readonly RunEvent[], readonly SettledTask[]> {
  const { settings, team } = work;
  const { process, tasks } = settings;
  if (process === 'consensus')
    return team.members.map(({ agent }) => ({ id: agent, member: agent, dependsOn: [] }));
  if (tasks === 'request') {
    // Who reviews the work also says whose it is.
    const member = process === 'hierarchical' && team.members.length > 1 ? undefined : team.members[0]?.agent;
    return yield* assign(work, [{ id: requestTask, member, dependsOn: [] }]);
  }
  return yield* assign(work, orderFor(process, tasks === 'planned' ? yield* plan(work) : tasks));
}

/** The task whose result is the answer; undefined where the lead gives it. */
export function findAnswerTask(process: TeamProcess, tasks: readonly SettledTask[]): SettledTask | undefined {
  if (process === 'hierarchical') return undefined;
  if (process === 'sequential') return tasks.at(-1);
  const [last, ...others] = listLastTasks(tasks);
  return others.length === 0 ? last : undefined;
}

function orderFor(process: TeamProcess, tasks: readonly TeamTask[]): readonly OpenTask[] {
  const ordered = orderTasks(tasks);
  return ordered.map((task, index) => {
    const before = process === 'sequential' ? ordered[index - 1] : undefined;
    return { ...task, dependsOn: task.dependsOn ?? (before === undefined ? [] : [before.id]) };
  });
}

async function* plan(work: TeamWork): AsyncGenerator<readonly RunEvent[], readonly TeamTask[]> {
  const { run, team, settings } = work;
  const brief = makePlanBrief(describeMembers(team.members, run.findMember), settings);
  const verdict = createPlanVerdict(team.members.map(({ agent }) => agent));
  const messages = addBrief(run.request.messages, brief);
  const { text } = yield* runBranch(work, {
    branch: nameBranch('plan'),
    agent: work.lead,
    messages,
    verdict,
  });
  return readPlan(text).tasks.map(
    ({ description, expected_output: expectedOutput, member, depends_on }, index) => ({
      id: String(index + 1),
      description,
      expectedOutput,
      member,
      dependsOn: depends_on.map(String),
    }),
  );
}

async function* assign(
  work: TeamWork,
  tasks: readonly OpenTask[],
): AsyncGenerator<readonly RunEvent[], readonly SettledTask[]> {
  const { run, team, settings } = work;
  const open = tasks.filter(({ member }) => member === undefined);
  let chosen: Assignment = {};
  if (open.length > 0) {
    const described = open.map(({ id, description = 'the request itself' }) => ({ id, description }));
    const brief = makeAssignmentBrief(describeMembers(team.members, run.findMember), described, settings);
    const verdict = createAssignmentVerdict(
      open.map(({ id }) => id),
      team.members.map(({ agent }) => agent),
    );
    const messages = addBrief(run.request.messages, brief);
    const branch = nameBranch('assign');
    const { text } = yield* runBranch(work, { branch, agent: work.lead, messages, verdict });
    chosen = verdict.read(text);
  }
  return tasks.map((task) => ({ ...task, member: task.member ?? requireMember(chosen, task) }));
}

/** The team's file may have changed between two attempts. */
function requireMember(chosen: Assignment, { id }: OpenTask): string {
  const member = chosen[id];
  if (member !== undefined) return member;
  throw new CaluteError(
    'agent_unavailable',
    `The team has changed: nobody does its task "${id}"; try again.`,
  );
}
