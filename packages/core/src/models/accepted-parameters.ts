import type { Agent, FindAgent } from '../agent/agent.ts';
import { listHandoffs } from '../agent/team/list-team.ts';
import type { ProviderParameter } from '../request/provider-fields.ts';
import type { ResolveModel } from './model-provider.ts';

/**
 * The provider parameters that an agent on `model` honours together with all agents that it may hand over to, since any of
 * them may have to answer. Fallbacks do not count: one that cannot honour a request is not asked.
 */
export function acceptedParameters(
  { agent, model = agent.model }: { readonly agent: Agent; readonly model?: string },
  resolveModel: ResolveModel,
  find?: FindAgent,
): ReadonlySet<ProviderParameter> {
  const [, ...others] = listHandoffs(agent, find);
  const models = [model, ...others.map((other) => other.model)];
  const [own = new Set<ProviderParameter>(), ...rest] = models.map((one) => resolveModel(one).accepts);
  return new Set([...own].filter((parameter) => rest.every((accepts) => accepts.has(parameter))));
}
