import { CaluteError } from '@calute/core/errors';
import type { AgentDirectory, ListedAgent } from '@calute/core/fleet/agent-directory';

const namedAtMost = 10;

/** The agent that a client calls `model`. Throws `model_not_found`, which names some that exist. */
export async function findAgent(agents: AgentDirectory, model: string): Promise<ListedAgent> {
  const found = await agents.get(model);
  if (found !== undefined) return found;

  const known = (await agents.list()).map((agent) => agent.id);
  throw new CaluteError('model_not_found', `Unknown model "${model}"; ${describeKnown(known)}.`, {
    param: 'model',
  });
}

function describeKnown(known: readonly string[]): string {
  if (known.length === 0) return 'no worker has announced an agent yet';
  const more = known.length > namedAtMost ? ` and ${known.length - namedAtMost} more` : '';
  return `known: ${known.slice(0, namedAtMost).join(', ')}${more}`;
}
