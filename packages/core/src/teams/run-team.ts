import { limitDuration } from '../loop/limits/limit-duration.ts';
import { nameBranch } from '../runs/branch-name.ts';
import type { RunEvent } from '../runs/run-event.ts';
import type { RunHistory } from '../runs/run-history.ts';
import { addBrief } from './briefs/add-brief.ts';
import { makeAnswerBrief } from './briefs/lead-briefs.ts';
import { makeTaskBrief } from './briefs/member-brief.ts';
import { type AnswerTask, runAnswer } from './run-answer.ts';
import { findTeamMember } from './tasks/find-member.ts';
import { pickInputs, runTasks, type TaskResults } from './tasks/run-tasks.ts';
import { findAnswerTask, settleTasks } from './tasks/settle-tasks.ts';
import { TeamBudget } from './team-budget.ts';
import { readTeamSettings } from './team-settings.ts';
import type { SettledTask, TeamRun, TeamWork } from './team-work.ts';

/** Nobody is told: the run ends by what has stopped its branches. */
const stopped = new Error("The team's run is over.");
const blank: RunHistory = { steps: [], hasLooseEnd: false };

/**
 * Runs a team for one request, as `runAgent` runs an agent: yields what the client may see, which is the answer alone, and
 * as the last event a completed `run-end` with what all members have used. Everything else is a branch of the run: a run of
 * one member or of the lead whose steps, tool results and end are stored, each alone in its array, under the branch's name.
 * So another attempt does only what is not done. The first failure ends all branches and is thrown.
 */
export async function* runTeam(given: TeamRun): AsyncGenerator<readonly RunEvent[]> {
  const { team } = given.agent;
  if (team === undefined) throw new Error(`The agent "${given.agent.id}" is no team.`);
  const beganAt = performance.now();
  const settings = readTeamSettings(given.agent, team, given.request);
  const history = given.committed[0] ?? blank;
  const branches = history.branches ?? new Map();
  const stamps = [...branches.values()];
  using duration = limitDuration({ ...given, committed: stamps });
  const stop = new AbortController();
  const work: TeamWork = {
    run: { ...given, signal: AbortSignal.any([duration.signal, stop.signal]) },
    lead: given.findMember(given.agent.id) ?? given.agent,
    team,
    settings,
    budget: new TeamBudget(given.agent, history),
    branches,
    startedAtMs: stamps[0]?.startedAtMs ?? given.context.now.getTime(),
    clockMs: () => performance.now() - beganAt,
  };
  try {
    const tasks = yield* settleTasks(work);
    const last = findAnswerTask(settings.process, tasks);
    const before = tasks.filter((task) => task !== last);
    const results = yield* runTasks(work, before);
    const answer = last ? answerOfTask(work, last, results) : answerOfLead(work, before, results);
    yield* runAnswer(work, answer);
  } finally {
    stop.abort(stopped);
  }
}

function answerOfTask(work: TeamWork, task: SettledTask, results: TaskResults): AnswerTask {
  const { run, team, settings } = work;
  const agent = findTeamMember(team, task.member, run.findAgent);
  const brief = makeTaskBrief(task, settings, pickInputs(task, results));
  const messages = addBrief(run.request.messages, brief);
  // The request itself costs what its agent costs; but its time has to be known after a crash.
  const isAlone = task.description === undefined && run.agent.limits.maxDurationMs === undefined;
  return { branch: isAlone ? undefined : nameBranch('task', task.id), agent, messages };
}

function answerOfLead(
  { run, settings }: TeamWork,
  tasks: readonly SettledTask[],
  results: TaskResults,
): AnswerTask {
  const inOrder = tasks.flatMap(({ id }) => results.get(id) ?? []);
  const messages = addBrief(run.request.messages, makeAnswerBrief(settings, inOrder));
  return { branch: nameBranch('answer'), agent: run.agent, messages };
}
