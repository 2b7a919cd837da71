import type { OwnTool, ToolDefaults } from './agent.ts';

/** The tool with what the agent says for all its tools, where it does not say otherwise itself. */
export function withToolDefaults(tool: OwnTool, { timeoutMs, retries }: ToolDefaults = {}): OwnTool {
  return {
    ...tool,
    ...(tool.timeoutMs === undefined && timeoutMs !== undefined ? { timeoutMs } : {}),
    ...(tool.retries === undefined && retries !== undefined ? { retries } : {}),
  };
}
