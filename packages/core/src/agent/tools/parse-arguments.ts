import { z } from 'zod';
import type { Tool } from '../agent.ts';

export type ParsedArguments =
  | { readonly outcome: 'parsed'; readonly value: unknown }
  | { readonly outcome: 'invalid'; readonly fault: string };

/** The arguments as the tool's parameters take them; nothing at all counts as an empty object. */
export async function parseArguments(
  { parameters }: Pick<Tool, 'parameters'>,
  rawArguments: string,
): Promise<ParsedArguments> {
  let json: unknown;
  try {
    json = JSON.parse(rawArguments.trim() === '' ? '{}' : rawArguments);
  } catch {
    return { outcome: 'invalid', fault: 'The arguments are not valid JSON.' };
  }
  const parsed = await parameters.safeParseAsync(json);
  if (parsed.success) return { outcome: 'parsed', value: parsed.data };
  return { outcome: 'invalid', fault: `The arguments are not valid. ${z.prettifyError(parsed.error)}` };
}
