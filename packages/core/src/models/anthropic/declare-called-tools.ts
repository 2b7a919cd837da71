import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';

/**
 * Anthropic refuses a conversation with tool calls when no tool is declared, as after a handoff to an agent without tools:
 * the tools that were called are declared then, and not to be called again.
 */
export function declareCalledTools(
  prompt: LanguageModelV4CallOptions['prompt'],
): Pick<LanguageModelV4CallOptions, 'tools' | 'toolChoice'> {
  const parts = prompt.flatMap((message) => (message.role === 'assistant' ? message.content : []));
  const names = new Set(parts.flatMap((part) => (part.type === 'tool-call' ? [part.toolName] : [])));
  if (names.size === 0) return {};
  const inputSchema = { type: 'object', properties: {} } as const;
  return {
    tools: [...names].map((name) => ({ type: 'function', name, inputSchema })),
    toolChoice: { type: 'none' },
  };
}
