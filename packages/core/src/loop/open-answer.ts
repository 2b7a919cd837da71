import { CaluteError, type ErrorCode } from '../errors.ts';
import { begin, streamOf } from '../models/begun-stream.ts';
import type { ModelCall, ModelEvent, ModelProvider } from '../models/model-provider.ts';
import { createCallPatience, type Patience } from '../models/pacing/patience.ts';
import type { AgentRun, Speaker } from './agent-run.ts';
import type { Conversation } from './conversation.ts';
import type { CreateCall } from './create-call.ts';
import type { EquipSpeaker } from './equip-speaker.ts';
import { listFallbacks } from './list-fallbacks.ts';

export interface Answer {
  /** Who gives it. */
  readonly speaker: Speaker;
  /** Who was asked, and what. */
  readonly provider: ModelProvider;
  readonly call: ModelCall;
  readonly events: AsyncIterable<readonly ModelEvent[]>;
}

/** What says that another provider may do better; the rest of the codes is the request's fault, or ours. */
const providerFailures: ReadonlySet<ErrorCode> = new Set([
  'insufficient_quota',
  'provider_not_configured',
  'rate_limit_exceeded',
  'server_is_overloaded',
  'upstream_bad_chunk',
  'upstream_cut',
  'upstream_error',
  'upstream_timeout',
  'upstream_unauthorized',
  'upstream_unreachable',
]);

/**
 * Asks the model of the conversation's speaker. When its provider fails before the first event, those that it falls back to
 * are asked in turn; an answer that has begun is never replaced. While another is left to ask, a provider is waited for
 * only briefly. When all of them fail, the first failure that may pass is thrown, else the first one. An abort, a failure
 * that is no provider's, and ProviderPaused, are thrown at once.
 */
export async function openAnswer(
  run: AgentRun,
  conversation: Conversation,
  { createCall, equip }: { readonly createCall: CreateCall; readonly equip: EquipSpeaker },
): Promise<Answer> {
  const { speaker } = conversation;
  const ask = async (next: Speaker, hasFallback: boolean): Promise<Answer> => {
    const one = await equip(next);
    const call = await createCall(one, conversation);
    const provider = run.resolveModel(one.model);
    const patience: Patience = { ...waits, ...run.patience, hasFallback };
    return { speaker: one, provider, call, events: provider.stream(call, run.signal, patience) };
  };
  if (speaker.agent.fallback.length === 0) return await ask(speaker, false);
  const failures: Failure[] = [];
  const candidates = [speaker, ...listFallbacks(run, speaker)];
  for (const [at, next] of candidates.entries()) {
    const last = failures.at(-1);
    if (last) noteFallback(run, last, next);
    try {
      const answer = await ask(next, at < candidates.length - 1);
      const begun = await begin(answer.events);
      if (begun.first.done === true) throw createEmptyError();
      return { ...answer, events: streamOf(async () => begun) };
    } catch (error) {
      run.signal.throwIfAborted();
      // What one that stands in cannot do, the one that was meant may do a moment later: then it is no client's fault.
      if (!CaluteError.is(error) || (!last && !providerFailures.has(error.code))) throw error;
      failures.push({ speaker: next, error });
    }
  }
  throw chooseFailure(run, failures);
}

const waits: Patience = { ifPaused: 'wait' };

interface Failure {
  readonly speaker: Speaker;
  readonly error: CaluteError;
}

function noteFallback(run: AgentRun, { speaker, error }: Failure, { agent, model }: Speaker): void {
  run.note?.({ type: 'fell-back', code: error.code, failed: speaker.model, agent: agent.id, model });
}

/** A run that may leave comes back when the first provider takes calls again. */
function chooseFailure({ patience = waits }: AgentRun, failures: readonly Failure[]): unknown {
  const errors = failures.map(({ error }) => error);
  const failure = errors.find(({ retryable }) => retryable) ?? errors[0];
  const [soonest] = errors
    .filter(({ code }) => code === 'rate_limit_exceeded' || code === 'server_is_overloaded')
    .flatMap(({ retryAfterMs }) => retryAfterMs ?? [])
    .toSorted((a, b) => a - b);
  if (failure === undefined || soonest === undefined) return failure;
  return createCallPatience(patience, { providerWaitMs: 0, clock: Date.now }).giveUp(soonest, failure);
}

function createEmptyError(): CaluteError {
  return new CaluteError('upstream_cut', 'The model provider ended its answer before it began.');
}
