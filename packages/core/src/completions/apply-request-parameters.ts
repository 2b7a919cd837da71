import type { Overrides, Sampling } from '../agent/agent.ts';
import type { AgentRequest, SamplingParameter } from '../request/agent-request.ts';

/** The part of a request that may change an agent's sampling values. */
export type SamplingRequest = Pick<AgentRequest, SamplingParameter>;

export interface ApplyOptions {
  /** Whether requests may change the sampling values of an agent that does not say so itself. */
  readonly canOverrideSamplings: boolean;
  readonly allowOverrides?: Overrides | undefined;
}

/**
 * A new agent with the sampling values that the request sent; the one given stays as it is, so that no request leaks its
 * values into the next. A value of 0 counts as sent, null as absent. What the agent's `allowOverrides`, or else
 * `canOverrideSamplings`, does not allow is left out, and named by `ignoredParameters`.
 */
export function applyRequestParameters<
  Subject extends { readonly sampling: Sampling; readonly allowOverrides?: Overrides },
>(agent: Subject, request: SamplingRequest, { canOverrideSamplings }: ApplyOptions): Subject {
  const allowed = agent.allowOverrides ?? canOverrideSamplings;
  if (allowed === false) return agent;
  return { ...agent, sampling: { ...agent.sampling, ...toSampling(request, allowed) } };
}

/** The sampling parameters that the request sent and `applyRequestParameters` leaves out, by their names on the wire. */
export function ignoredParameters(
  request: SamplingRequest,
  { canOverrideSamplings, allowOverrides = canOverrideSamplings }: ApplyOptions,
): SamplingParameter[] {
  const refused = entriesOf(wireNames).filter(([name]) => !isAllowed(allowOverrides, name));
  const names: SamplingParameter[] = refused.flatMap(([, candidates]) => candidates);
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

function isAllowed(allowed: Overrides, name: keyof Sampling): boolean {
  return typeof allowed === 'boolean' ? allowed : allowed.includes(name);
}

function entriesOf(names: typeof wireNames) {
  // because Object.entries forgets the names
  return Object.entries(names) as [keyof Sampling, readonly SamplingParameter[]][];
}

function toSampling(request: SamplingRequest, allowed: Overrides): Sampling {
  const names = entriesOf(wireNames).filter(([name]) => isAllowed(allowed, name));
  const entries = names.flatMap(([name, candidates]) => {
    const sent = candidates.map((candidate) => request[candidate]).find(isSent);
    return sent === undefined ? [] : [[name, name === 'stop' ? [sent].flat() : sent]];
  });
  return Object.fromEntries(entries);
}

/** The request is parsed before, but a caller in code may still say null. */
function isSent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
