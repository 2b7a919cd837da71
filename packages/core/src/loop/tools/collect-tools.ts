import { z } from 'zod';
import type { Agent, FindAgent } from '../../agent/agent.ts';
import { describeHandoffs, findHandoff } from '../../agent/team/handoff-tool.ts';
import { CaluteError } from '../../errors.ts';
import type { AgentRequest } from '../../request/agent-request.ts';
import type { ClientTool } from '../../request/client-tool.ts';

/**
 * The tools that the model is told of: the agent's own, those that hand over, then the client's. Throws
 * `unsupported_parameter` for tools of type custom, and `invalid_request` for a client's tool that is named as one of the
 * agent's.
 */
export function collectTools(
  agent: Agent,
  tools: AgentRequest['tools'] = [],
  find: FindAgent = () => undefined,
): readonly ClientTool[] {
  return [
    ...Object.entries(agent.tools).map(describeTool),
    ...describeHandoffs(agent, find),
    ...checkClientTools(agent, tools),
  ];
}

/** The client's tools, if the agent can have them beside its own; throws as `collectTools` does. */
export function checkClientTools(agent: Agent, tools: AgentRequest['tools'] = []): readonly ClientTool[] {
  return tools.map((tool, index) => checkTool(agent, tool, index));
}

/** Whether the worker runs the tool itself. */
export function isOwnTool(agent: Agent, name: string): boolean {
  return Object.hasOwn(agent.tools, name);
}

function describeTool([name, tool]: [string, Agent['tools'][string]]): ClientTool {
  const { description } = tool;
  if ('inputSchema' in tool)
    return { type: 'function', function: { name, description, parameters: tool.inputSchema } };
  // What a default fills in, the model need not send: hence the input side of the schema.
  const { $schema, ...parameters } = z.toJSONSchema(tool.parameters, { io: 'input' });
  return { type: 'function', function: { name, description, parameters } };
}

function checkTool(
  agent: Agent,
  tool: NonNullable<AgentRequest['tools']>[number],
  index: number,
): ClientTool {
  const param = `tools.${index}`;
  if (tool.type === 'custom') {
    throw new CaluteError(
      'unsupported_parameter',
      'This model cannot run tools of type custom; use a function.',
      { param: 'tools' },
    );
  }
  const { name } = tool.function;
  if (isOwnTool(agent, name) || findHandoff(agent, name) !== undefined) {
    throw new CaluteError(
      'invalid_request',
      `"${name}" is a tool of the agent "${agent.id}" itself; choose another name.`,
      {
        param: `${param}.function.name`,
      },
    );
  }
  return tool;
}
