import type { Agent } from '../agent/agent.ts';
import { type Team, type TeamProcess, type TeamTasks, teamProcesses } from '../agent/team.ts';
import { CaluteError } from '../errors.ts';
import type { AgentRequest } from '../request/agent-request.ts';

/** How a team does one request. */
export interface TeamSettings {
  readonly process: TeamProcess;
  readonly tasks: TeamTasks;
  /** What the client says that everybody has to know. */
  readonly background: string | undefined;
}

/**
 * What the team's file says, with what the request's metadata changes of it: `process_type`, `task_mode`, `background`.
 * Throws CaluteError `invalid_request`, and `unsupported_parameter` for what a team does not do.
 */
export function readTeamSettings({ id }: Pick<Agent, 'id'>, team: Team, request: AgentRequest): TeamSettings {
  assertDoable(id, request);
  const { process_type: processType, task_mode: taskMode, background } = request.metadata ?? {};
  const process = processType === undefined ? team.process : readProcess(processType);
  return { process, tasks: readTasks(team, process, taskMode), background: background || undefined };
}

function assertDoable(id: string, { n = 1, tools }: AgentRequest): void {
  const refuse = (param: string, why: string) =>
    new CaluteError('unsupported_parameter', `"${id}" is a team, which ${why}; leave out "${param}".`, {
      param,
    });
  if (n > 1) throw refuse('n', 'gives one answer');
  if (tools !== undefined) throw refuse('tools', 'has the tools of its members');
}

function readProcess(given: string): TeamProcess {
  const found = teamProcesses.find((one) => one === given.trim().toLowerCase());
  if (found !== undefined) return found;
  const message = `Unknown process "${given}"; known: ${teamProcesses.join(', ')}.`;
  throw new CaluteError('invalid_request', message, { param: 'metadata.process_type' });
}

function readTasks({ tasks }: Team, process: TeamProcess, taskMode: string | undefined): TeamTasks {
  if (taskMode !== undefined) return isOn(taskMode) ? 'planned' : 'request';
  return process === 'planned' ? 'planned' : tasks;
}

function isOn(given: string): boolean {
  const value = given.trim().toLowerCase();
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  const message = `"${given}" is neither "true" (the lead plans tasks) nor "false" (the request is the only task).`;
  throw new CaluteError('invalid_request', message, { param: 'metadata.task_mode' });
}
