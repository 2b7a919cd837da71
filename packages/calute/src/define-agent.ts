import './zod-version.ts';

export type {
  Agent,
  InstructionsContext,
  Sampling,
  Tool,
  ToolContext,
} from '@calute/core/agent/agent';
// biome-ignore lint/performance/noBarrelFile: this is the package's door
export { type AgentDefinition, defineAgent } from '@calute/core/agent/define-agent';
export { defineTeam, type TeamDefinition } from '@calute/core/agent/define-team';
