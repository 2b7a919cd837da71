import { CaluteError } from '../errors.ts';
import type { ClientTool, ToolChoice } from '../request/client-tool.ts';

/** The tools that a model may call now, and whether it has to. */
export type ToolSelection =
  | { readonly mode: 'none' | 'auto' | 'required'; readonly tools: readonly ClientTool[] }
  | { readonly mode: 'named'; readonly tools: readonly ClientTool[]; readonly name: string };

/** Reads OpenAI's `tool_choice`; throws `invalid_request` when it names a tool that is not there. */
export function selectTools(tools: readonly ClientTool[], choice: ToolChoice | undefined): ToolSelection {
  if (choice === undefined) return { mode: 'auto', tools };
  if (typeof choice === 'string') return requireTools({ mode: choice, tools });
  switch (choice.type) {
    case 'function':
      pick(tools, [choice.function.name]); // all tools stay: taking some away would miss the provider's prompt cache
      return { mode: 'named', tools, name: choice.function.name };
    case 'allowed_tools':
      return {
        mode: choice.allowed_tools.mode,
        tools: pick(tools, choice.allowed_tools.tools.map(readName)),
      };
    case 'custom':
      throw new CaluteError('unsupported_parameter', 'This model cannot run tools of type custom.', {
        param: 'tool_choice',
      });
  }
}

function requireTools(selection: ToolSelection): ToolSelection {
  if (selection.mode === 'required' && selection.tools.length === 0) {
    throw new CaluteError('invalid_request', 'tool_choice "required" needs tools.', { param: 'tool_choice' });
  }
  return selection;
}

function pick(tools: readonly ClientTool[], names: readonly string[]): readonly ClientTool[] {
  const missing = names.filter((name) => !tools.some((tool) => tool.function.name === name));
  if (missing.length > 0 || names.length === 0) {
    throw new CaluteError(
      'invalid_request',
      `tool_choice names ${missing.join(', ') || 'no tool'}, which is not among the tools.`,
      {
        param: 'tool_choice',
      },
    );
  }
  return tools.filter((tool) => names.includes(tool.function.name));
}

function readName(entry: Readonly<Record<string, unknown>>): string {
  const inner = entry['function'];
  const name = typeof inner === 'object' && inner !== null && 'name' in inner ? inner.name : entry['name'];
  return typeof name === 'string' ? name : '(unnamed)';
}
