import type { Agent, FindAgent } from '../../agent/agent.ts';
import type { Team } from '../../agent/team.ts';
import { CaluteError } from '../../errors.ts';

/** The agent, knowing what it is in the team. Throws CaluteError `agent_unavailable`. */
export function findTeamMember(team: Team, id: string, find: FindAgent = () => undefined): Agent {
  const agent = find(id);
  if (agent === undefined) {
    const message = `The agent "${id}", a member of the team, is not on this worker; try again.`;
    throw new CaluteError('agent_unavailable', message);
  }
  const { role, goal } = team.members.find((member) => member.agent === id) ?? {};
  const lines = [role && `Your role in your team: ${role}`, goal && `Your goal: ${goal}`].filter(
    (line) => line,
  );
  return lines.length === 0 ? agent : addInstructions(agent, lines.join('\n'));
}

function addInstructions(agent: Agent, more: string): Agent {
  const { instructions = '' } = agent;
  const join = (text: string) => (text === '' ? more : `${text}\n\n${more}`);
  if (typeof instructions === 'string') return { ...agent, instructions: join(instructions) };
  return { ...agent, instructions: async (context) => join(await instructions(context)) };
}
