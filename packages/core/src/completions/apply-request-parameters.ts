import type { Sampling } from '../agent/agent.ts';
import type { ChatRequest, SamplingParameter } from '../protocol/chat-request.ts';

/** The part of a request that may change an agent's sampling values. */
export type SamplingRequest = Pick<ChatRequest, SamplingParameter>;

export interface ApplyOptions {
  /** Whether requests may change an agent's sampling values at all. */
  readonly canOverrideSamplings: boolean;
}

/**
 * A new agent with the sampling values that the request sent; the one given stays as it is, so that no request leaks its
 * values into the next. A value of 0 counts as sent, null as absent. Without `canOverrideSamplings` the agent comes back
 * as it is: what was ignored is named by `ignoredParameters`.
 */
export function applyRequestParameters<Subject extends { readonly sampling: Sampling }>(
  agent: Subject,
  request: SamplingRequest,
  { canOverrideSamplings }: ApplyOptions,
): Subject {
  return canOverrideSamplings ? { ...agent, sampling: { ...agent.sampling, ...toSampling(request) } } : agent;
}

/** The sampling parameters that the request sent and `applyRequestParameters` leaves out, by their names on the wire. */
export function ignoredParameters(
  request: SamplingRequest,
  { canOverrideSamplings }: ApplyOptions,
): string[] {
  if (canOverrideSamplings) return [];
  const names: SamplingParameter[] = Object.values(wireNames).flat();
  return names.filter((name) => isSent(request[name]));
}

/** Where several wire names mean one value, the first that was sent wins: `max_tokens` is OpenAI's deprecated name. */
const wireNames = {
  maxTokens: ['max_completion_tokens', 'max_tokens'],
  temperature: ['temperature'],
  topP: ['top_p'],
  topK: ['top_k'],
  minP: ['min_p'],
  stop: ['stop'],
  presencePenalty: ['presence_penalty'],
  frequencyPenalty: ['frequency_penalty'],
  repetitionPenalty: ['repetition_penalty'],
} as const satisfies Record<keyof Sampling, readonly SamplingParameter[]>;

function toSampling(request: SamplingRequest): Sampling {
  const entries = Object.entries(wireNames).flatMap(([name, candidates]) => {
    const sent = candidates.map((candidate) => request[candidate]).find(isSent);
    return sent === undefined ? [] : [[name, name === 'stop' ? [sent].flat() : sent]];
  });
  return Object.fromEntries(entries);
}

/** The request is parsed before, but a caller in code may still say null. */
function isSent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
