import type { Agent } from '@calute/core/agent/agent';
import { ignoredParameters, type SamplingRequest } from '@calute/core/completions/apply-request-parameters';
import type { Logger } from '@calute/core/logging/logger';

/** Told of each run that begins. */
export type WarnOfIgnored = (agent: Agent, request: SamplingRequest) => void;

/** Says once for each agent that clients send it sampling values which it does not take, and what would change that. */
export function createWarnOfIgnored(logger: Logger, canOverrideSamplings: boolean): WarnOfIgnored {
  const warned = new Set<string>();
  return ({ id, allowOverrides }, request) => {
    if (warned.has(id)) return;
    const ignored = ignoredParameters(request, { canOverrideSamplings, allowOverrides });
    if (ignored.length === 0) return;
    warned.add(id);
    const hint = 'To take them: allowOverrides: true in the agent file, or CALUTE_OVERRIDE_SAMPLINGS=true.';
    logger.warn({ agent: id, ignored, hint }, 'agent.sampling-ignored');
  };
}
