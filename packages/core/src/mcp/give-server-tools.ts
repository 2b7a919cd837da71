import type { ServerTool } from '../agent/agent.ts';
import type { ToolServer, ToolServerUse } from '../agent/tool-server.ts';
import type { Logger } from '../logging/logger.ts';
import type { KeptToolServer } from './keep-tool-server.ts';
import type { ListedTool } from './listed-tool.ts';
import { nameTools } from './name-tools.ts';

const defaultTimeoutMs = 30_000;

export interface NamedServer {
  /** What the agent file calls it. */
  readonly name: string;
  readonly use: ToolServer;
  readonly kept: Pick<KeptToolServer, 'call'>;
}

/**
 * What an agent gets of the tools that a server lists, by the names that the model calls them. Names of the agent file
 * that the server does not list are logged. Throws `agent_failed` for two tools that come to the same name.
 */
export function giveServerTools(
  { name, use, kept }: NamedServer,
  listed: readonly ListedTool[],
  logger: Logger,
): Readonly<Record<string, ServerTool>> {
  const known = new Set(listed.map((tool) => tool.name));
  const missing = namesIn(use).filter((tool) => !known.has(tool));
  if (missing.length > 0) logger.warn({ missing }, 'tool-server.tools-missing');
  const given = listed.filter((tool) => use.tools?.includes(tool.name) ?? true);
  const named = [...nameTools(name, given)];
  return Object.fromEntries(named.map(([toolName, tool]) => [toolName, toServerTool(tool, use, kept)]));
}

function namesIn({ tools = [], idempotent, toolTimeoutsMs = {} }: ToolServerUse): string[] {
  const idempotentNames = idempotent === undefined || idempotent === 'annotated' ? [] : idempotent;
  return [...new Set([...tools, ...idempotentNames, ...Object.keys(toolTimeoutsMs)])];
}

function toServerTool(tool: ListedTool, use: ToolServerUse, kept: NamedServer['kept']): ServerTool {
  // Which dialect it is written in is the server's business, and providers refuse the key.
  const { $schema, ...inputSchema } = tool.inputSchema;
  return {
    description: tool.description || tool.title || tool.name,
    inputSchema,
    idempotent: isIdempotent(tool, use),
    timeoutMs: use.toolTimeoutsMs?.[tool.name] ?? use.timeoutMs ?? defaultTimeoutMs,
    execute: (args, { signal }) => kept.call({ tool: tool.name, args, signal }),
  };
}

/** A server's hints are hints: whether to go by them is for the agent file to say. */
function isIdempotent({ name, annotations }: ListedTool, { idempotent = [] }: ToolServerUse): boolean {
  if (idempotent !== 'annotated') return idempotent.includes(name);
  return annotations?.readOnlyHint === true || annotations?.idempotentHint === true;
}
