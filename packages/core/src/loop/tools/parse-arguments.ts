import { z } from 'zod';
import type { ServerTool, Tool } from '../../agent/agent.ts';

export type ParsedArguments =
  | { readonly outcome: 'parsed'; readonly value: unknown }
  | { readonly outcome: 'invalid'; readonly fault: string };

/**
 * The arguments as the tool's parameters take them; nothing at all counts as an empty object. An MCP server checks them
 * itself.
 */
export async function parseArguments(
  tool: Pick<Tool, 'parameters'> | Pick<ServerTool, 'inputSchema'>,
  rawArguments: string,
): Promise<ParsedArguments> {
  let json: unknown;
  try {
    json = JSON.parse(rawArguments.trim() === '' ? '{}' : rawArguments);
  } catch {
    return { outcome: 'invalid', fault: 'The arguments are not valid JSON.' };
  }
  if ('inputSchema' in tool) return checkObject(json);
  const parsed = await tool.parameters.safeParseAsync(json);
  if (parsed.success) return { outcome: 'parsed', value: parsed.data };
  return { outcome: 'invalid', fault: `The arguments are not valid. ${z.prettifyError(parsed.error)}` };
}

function checkObject(json: unknown): ParsedArguments {
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  return isObject
    ? { outcome: 'parsed', value: json }
    : { outcome: 'invalid', fault: 'The arguments are not an object.' };
}
