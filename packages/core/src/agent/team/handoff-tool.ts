import type { ClientTool } from '../../request/client-tool.ts';
import type { Agent, FindAgent } from '../agent.ts';

/** As long as a tool's name may be. */
const maxNameLength = 64;

/** The tool by which a model passes the conversation to the agent; what no tool's name may hold becomes `_`. */
export function handoffToolName(id: string): string {
  return `transfer_to_${id.replaceAll(/[^\w-]/g, '_')}`.slice(0, maxNameLength);
}

/** The agent that a call of this tool passes the conversation to; undefined when the tool is none for that. */
export function findHandoff({ handoffs }: Pick<Agent, 'handoffs'>, toolName: string): string | undefined {
  return handoffs.find((id) => handoffToolName(id) === toolName);
}

/** What the model is told of the agents that it may pass the conversation to. */
export function describeHandoffs({ handoffs }: Agent, find: FindAgent): ClientTool[] {
  return handoffs.map((id) => {
    const purpose = find(id)?.description;
    const does = `Passes the conversation to the agent "${id}", which answers from then on.`;
    return {
      type: 'function',
      function: {
        name: handoffToolName(id),
        description: purpose === undefined ? does : `${does} ${purpose}`,
        parameters: { type: 'object', properties: {} },
      },
    };
  });
}
