import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import type { ClientTool } from '../request/client-tool.ts';
import type { ModelCall } from './model-provider.ts';
import { selectTools } from './select-tools.ts';

/** The tools of a call as AI SDK provider packages take them; an allowed set is the filtered tools and its mode. */
export function toSdkTools({
  tools,
  toolChoice,
}: ModelCall): Pick<LanguageModelV4CallOptions, 'tools' | 'toolChoice'> {
  const selection = selectTools(tools, toolChoice);
  if (selection.tools.length === 0) return {};
  const sdkTools = selection.tools.map(toSdkTool);
  if (toolChoice === undefined) return { tools: sdkTools };
  if (selection.mode === 'named')
    return { tools: sdkTools, toolChoice: { type: 'tool', toolName: selection.name } };
  return { tools: sdkTools, toolChoice: { type: selection.mode } };
}

function toSdkTool({
  function: { name, description, parameters, strict },
}: ClientTool): LanguageModelV4FunctionTool {
  return {
    type: 'function',
    name,
    // OpenAI takes a function without parameters, other servers want the empty schema spelt out.
    inputSchema: parameters ?? { type: 'object', properties: {} },
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
  };
}
