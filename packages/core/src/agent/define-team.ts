import type { Agent } from './agent.ts';
import type { AgentDefinition } from './define-agent.ts';
import type { Limits } from './limits.ts';
import { readDefinition } from './read-definition.ts';
import type { TeamMember, TeamProcess, TeamTasks } from './team.ts';
import { teamSchema } from './team-schema.ts';

type LeadField =
  | 'id'
  | 'description'
  | 'model'
  | 'instructions'
  | 'rules'
  | 'sampling'
  | 'allowOverrides'
  | 'context'
  | 'fallback'
  | 'prices';

/** What a team file says; `id`, `model` and `members` are required. Most fields are those of its lead, as an agent has them. */
export interface TeamDefinition extends Pick<AgentDefinition<Record<never, never>>, LeadField> {
  /** Who does the work: ids of agents of the folder, the first of them for what nobody else is named for. */
  readonly members: readonly (string | TeamMember)[];
  /** @defaultValue 'sequential' */
  readonly process?: TeamProcess;
  /** @defaultValue the lead plans them from the client's last message */
  readonly tasks?: TeamTasks;
  /** Whether it is what the models `cortex`, `cortex-task` and the like ask for; one team of the folder may. @defaultValue false */
  readonly default?: boolean;
  /** What one run of the whole team may use; 100 steps if it is not said. */
  readonly limits?: Partial<Omit<Limits, 'maxHandoffs'>>;
}

/**
 * Makes a team: an agent that leads members, to which its own `model` plans, assigns, reviews and sums up. Throws one error
 * that names every bad field.
 */
export function defineTeam(definition: TeamDefinition): Agent {
  return readDefinition('team', teamSchema, definition);
}
