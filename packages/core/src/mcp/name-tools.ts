import { createHash } from 'node:crypto';
import type { ToolServer } from '../agent/tool-server.ts';
import { CaluteError } from '../errors.ts';

const maxNameLength = 64;
const digestLength = 8;

/**
 * What the model calls a server's tool: `<server>__<tool>`. Every character that tool names may not have becomes `_`, and
 * a name of more than 64 characters is cut and ends in a digest of the whole; the same on every worker.
 */
export function nameTool(server: string, tool: string): string {
  const whole = `${server}__${tool}`;
  const name = whole.replaceAll(/[^\w-]/g, '_');
  if (name.length <= maxNameLength) return name;
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, digestLength);
  return `${name.slice(0, maxNameLength - digestLength - 1)}_${digest}`;
}

/** Each tool under the name that the model calls it. Throws `agent_failed` for two that come to the same. */
export function nameTools<Listed extends { readonly name: string }>(
  server: string,
  tools: readonly Listed[],
): Map<string, Listed> {
  const named = new Map<string, Listed>();
  for (const tool of tools) {
    const name = nameTool(server, tool.name);
    const other = named.get(name);
    if (other !== undefined)
      throw new CaluteError('agent_failed', describeClash(server, name, [other, tool]));
    named.set(name, tool);
  }
  return named;
}

/** Whether the agent file itself, without a look at its server, lets the tool of this name run again after a crash. */
export function isDeclaredIdempotent(
  servers: Readonly<Record<string, ToolServer>> | undefined,
  toolName: string,
): boolean {
  return Object.entries(servers ?? {}).some(([server, { idempotent = [] }]) =>
    idempotent === 'annotated' ? false : idempotent.some((tool) => nameTool(server, tool) === toolName),
  );
}

function describeClash(server: string, name: string, tools: readonly { readonly name: string }[]): string {
  const names = tools.map((tool) => `"${tool.name}"`).join(' and ');
  return `The tools ${names} of the tool server "${server}" are both called "${name}"; leave one out of the server's "tools".`;
}
