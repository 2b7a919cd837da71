import type { Agent, FindAgent } from '@calute/core/agent/agent';
import type { AgentDescriptor } from '@calute/core/fleet/agent-descriptor';
import { acceptedParameters } from '@calute/core/models/accepted-parameters';
import type { ResolveModel } from '@calute/core/models/model-provider';
import type { WorkerConfig } from '../config.ts';

/** What this worker announces of its agents. */
export function describeAgents(
  agents: readonly Agent[],
  resolveModel: ResolveModel,
  { CALUTE_OVERRIDE_SAMPLINGS }: WorkerConfig,
): AgentDescriptor[] {
  const find: FindAgent = (id) => agents.find((agent) => agent.id === id);
  return agents.map((agent) => {
    const accepts = [...acceptedParameters({ agent }, resolveModel, find)];
    const serves = agent.serves === undefined ? {} : { serves: [...agent.serves] };
    return { id: agent.id, accepts, ...describeOverrides(agent, CALUTE_OVERRIDE_SAMPLINGS), ...serves };
  });
}

function describeOverrides({ allowOverrides }: Agent, byDefault: boolean) {
  if (typeof allowOverrides !== 'object') return { canOverrideSamplings: allowOverrides ?? byDefault };
  return { canOverrideSamplings: allowOverrides.length > 0, allowOverrides: [...allowOverrides] };
}
