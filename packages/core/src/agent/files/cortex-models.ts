import type { Agent } from '../agent.ts';
import type { Team } from '../team.ts';

/** The names by which clients of the Python Calute ask for a team, and what each changes of it. */
const cortexModels: Readonly<Record<string, Partial<Team>>> = {
  cortex: {},
  'cortex-instruct': { process: 'sequential', tasks: 'request' },
  'cortex-task': { process: 'sequential', tasks: 'planned' },
  'cortex-task-parallel': { process: 'parallel', tasks: 'planned' },
  'cortex-task-hierarchical': { process: 'hierarchical', tasks: 'planned' },
};

/** The agents, and the default team under the names above that no file has taken. */
export function addCortexModels(agents: readonly Agent[]): readonly Agent[] {
  const lead = agents.find(({ team }) => team?.isDefault === true);
  if (lead?.team === undefined) return agents;
  const { team } = lead;
  const taken = new Set(agents.map(({ id }) => id));
  const added = Object.entries(cortexModels).flatMap(([id, changes]): Agent[] =>
    taken.has(id) ? [] : [{ ...lead, id, team: { ...team, ...changes, isDefault: false } }],
  );
  return [...agents, ...added];
}
