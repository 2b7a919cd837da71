import type { Agent, FindAgent } from '../agent.ts';

/**
 * Every agent that may answer where this one is asked for, itself first: as members, by handoffs and fallbacks, also those of
 * others.
 */
export function listTeam(agent: Agent, find: FindAgent = () => undefined): readonly Agent[] {
  const standIns = ({ fallback }: Agent) => fallback.flatMap((one) => ('agent' in one ? [one.agent] : []));
  return follow(agent, find, (member) => [...linksOf(member), ...standIns(member)]);
}

/** The same without fallbacks: whether these answer is for their models to decide. */
export function listHandoffs(agent: Agent, find: FindAgent = () => undefined): readonly Agent[] {
  return follow(agent, find, linksOf);
}

function linksOf({ handoffs, team }: Agent): readonly string[] {
  return team === undefined ? handoffs : [...handoffs, ...team.members.map((member) => member.agent)];
}

function follow(
  agent: Agent,
  find: FindAgent,
  linksOf: (agent: Agent) => readonly string[],
): readonly Agent[] {
  const found = new Map([[agent.id, agent]]);
  // A map that grows while it is iterated gives what was added as well.
  for (const member of found.values()) {
    for (const id of linksOf(member)) {
      const other = found.has(id) ? undefined : find(id);
      if (other !== undefined) found.set(id, other);
    }
  }
  return [...found.values()];
}
