import type { Agent } from '../agent.ts';
import { handoffToolName } from './handoff-tool.ts';

export interface TeamFault {
  readonly path: (string | number)[];
  readonly message: string;
}

type Team = Pick<Agent, 'id' | 'model' | 'handoffs' | 'fallback'> & {
  readonly tools: Readonly<Record<string, unknown>>;
};

/** What is wrong with an agent's handoffs and fallbacks as far as it shows without the other agents. */
export function findTeamFaults(agent: Team): TeamFault[] {
  return [...findHandoffFaults(agent), ...findFallbackFaults(agent)];
}

function* findHandoffFaults(agent: Team): Generator<TeamFault> {
  const idOf = new Map<string, string>();
  for (const [index, target] of agent.handoffs.entries()) {
    const name = handoffToolName(target);
    const message = findHandoffFault(agent, target, idOf.get(name));
    if (message !== undefined) yield { path: ['handoffs', index], message };
    idOf.set(name, target);
  }
}

/** `other` is the target before it whose tool has the same name. */
function findHandoffFault(
  { id, tools }: Team,
  target: string,
  other: string | undefined,
): string | undefined {
  const name = handoffToolName(target);
  if (target === id) return 'an agent cannot hand over to itself';
  if (target === other) return `"${target}" is listed twice`;
  if (other !== undefined)
    return `"${target}" and "${other}" would both be the tool "${name}"; give one of them another id`;
  if (Object.hasOwn(tools, name))
    return `the tool that hands over to "${target}" is called "${name}", as one of the agent's own is; rename that`;
  return undefined;
}

function* findFallbackFaults({ id, model, fallback }: Team): Generator<TeamFault> {
  const seen = new Set([describe({ model }), describe({ agent: id })]);
  for (const [index, one] of fallback.entries()) {
    const name = describe(one);
    if (seen.has(name))
      yield { path: ['fallback', index], message: `${name} is the agent's own or listed twice` };
    seen.add(name);
  }
}

function describe(one: Agent['fallback'][number]): string {
  return 'model' in one ? `the model "${one.model}"` : `the agent "${one.agent}"`;
}
