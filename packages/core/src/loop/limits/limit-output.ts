import type { Agent } from '../../agent/agent.ts';
import type { ModelCall } from '../../models/model-provider.ts';
import type { RunUsage } from '../../runs/run-end.ts';
import type { StepResult } from '../step-reader.ts';

type Limited = Pick<Agent, 'limits'>;

/** The call with at most as many output tokens as `limits.maxOutputTokens` leaves; without that limit as it is. */
export function limitOutput(call: ModelCall, { limits }: Limited, used: RunUsage): ModelCall {
  if (limits.maxOutputTokens === undefined) return call;
  const { maxTokens = Number.POSITIVE_INFINITY } = call.sampling;
  // A limit that was lowered between two attempts may leave less than nothing; no provider takes less than 1.
  const left = Math.max(1, limits.maxOutputTokens - used.completionTokens);
  return { ...call, sampling: { ...call.sampling, maxTokens: Math.min(maxTokens, left) } };
}

/**
 * A step that wants to go on though no output token is left ends with `length`, and its own calls are not run. One that is
 * complete, with a text or with calls for the client, stays as it is.
 */
export function endAtOutputLimit(result: StepResult, { limits }: Limited, used: RunUsage): StepResult {
  const { maxOutputTokens = Number.POSITIVE_INFINITY } = limits;
  const { ownCalls, clientCalls, finishReason } = result;
  const wantsToGoOn = finishReason === 'tool_calls' && ownCalls.length > 0 && clientCalls === 0;
  if (!wantsToGoOn || used.completionTokens < maxOutputTokens) return result;
  return { ...result, finishReason: 'length' };
}
