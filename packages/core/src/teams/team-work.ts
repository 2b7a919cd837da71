import type { Agent, FindAgent } from '../agent/agent.ts';
import type { Team } from '../agent/team.ts';
import type { AgentRun } from '../loop/agent-run.ts';
import type { BranchHistory, RunHistory } from '../runs/run-history.ts';
import type { TeamBudget } from './team-budget.ts';
import type { TeamSettings } from './team-settings.ts';

/** What a team is run with; its `agent` is the lead. */
export interface TeamRun extends Omit<AgentRun, 'committed' | 'choice' | 'branch' | 'demand'> {
  /** What an earlier attempt has stored; a team gives one choice. */
  readonly committed: readonly RunHistory[];
  /** The agents as their files have them: sampling values of the request are for the answer alone. */
  readonly findMember: FindAgent;
}

/** A team's run under way. */
export interface TeamWork {
  readonly run: TeamRun;
  /** As its file has it, for all that is not the answer. */
  readonly lead: Agent;
  readonly team: Team;
  readonly settings: TeamSettings;
  readonly budget: TeamBudget;
  /** What earlier attempts have done, by branch. */
  readonly branches: ReadonlyMap<string, BranchHistory>;
  /** When the first attempt began, in Unix ms. */
  readonly startedAtMs: number;
  /** How long this attempt has taken so far. */
  clockMs(): number;
}

/** A part of the work as it is done. */
export interface SettledTask {
  readonly id: string;
  /** Absent: the client's request itself. */
  readonly description?: string | undefined;
  readonly expectedOutput?: string | undefined;
  /** The id of an agent. */
  readonly member: string;
  /** The tasks whose results it is given. */
  readonly dependsOn: readonly string[];
}
