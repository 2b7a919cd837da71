import { CaluteError } from '@calute/core/errors';
import type { AgentDirectory, ListedAgent } from '@calute/core/fleet/agent-directory';
import type { Endpoint } from '@calute/core/request/direct-request';

const namedAtMost = 10;

/**
 * The agent that a client calls `model`, if it serves what is asked of it. Throws `model_not_found`, which names some that do.
 */
export async function findAgent(
  agents: AgentDirectory,
  model: string,
  endpoint?: Endpoint,
): Promise<ListedAgent> {
  const serves = (agent: ListedAgent) => endpoint === undefined || servedBy(agent).includes(endpoint);
  const found = await agents.get(model);
  if (found !== undefined && serves(found)) return found;

  const known = (await agents.list()).filter(serves).map((agent) => agent.id);
  const message =
    found === undefined
      ? `Unknown model "${model}"; ${describeKnown(known)}.`
      : `The model "${model}" serves ${servedBy(found).join(' and ')}, not ${endpoint}; ${describeKnown(known)}.`;
  throw new CaluteError('model_not_found', message, { param: 'model' });
}

/** What clients may ask an agent for. Absent in what older workers announce. */
export function servedBy({ serves = ['chat'] }: ListedAgent): readonly Endpoint[] {
  return serves;
}

function describeKnown(known: readonly string[]): string {
  if (known.length === 0) return 'no worker has announced one';
  const more = known.length > namedAtMost ? ` and ${known.length - namedAtMost} more` : '';
  return `known: ${known.slice(0, namedAtMost).join(', ')}${more}`;
}
