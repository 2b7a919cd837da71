import { CaluteError, type ErrorCode } from '../errors.ts';
import { begin, streamOf } from '../models/begun-stream.ts';
import type { ModelCall, ModelEvent, ModelProvider } from '../models/model-provider.ts';
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
 * are asked in turn; an answer that has begun is never replaced. When all of them fail, the first failure that may pass is
 * thrown, else the first one. An abort, and a failure that is no provider's, are thrown at once.
 */
export async function openAnswer(
  run: AgentRun,
  conversation: Conversation,
  { createCall, equip }: { readonly createCall: CreateCall; readonly equip: EquipSpeaker },
): Promise<Answer> {
  const { speaker } = conversation;
  const ask = async (next: Speaker): Promise<Answer> => {
    const one = await equip(next);
    const call = await createCall(one, conversation);
    const provider = run.resolveModel(one.model);
    return { speaker: one, provider, call, events: provider.stream(call, run.signal) };
  };
  if (speaker.agent.fallback.length === 0) return await ask(speaker);
  const failures: Failure[] = [];
  for (const next of listCandidates(run, speaker)) {
    const last = failures.at(-1);
    if (last) noteFallback(run, last, next);
    try {
      const answer = await ask(next);
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
  throw (failures.find(({ error }) => error.retryable) ?? failures[0])?.error;
}

interface Failure {
  readonly speaker: Speaker;
  readonly error: CaluteError;
}

function noteFallback(run: AgentRun, { speaker, error }: Failure, { agent, model }: Speaker): void {
  run.note?.({ type: 'fell-back', code: error.code, failed: speaker.model, agent: agent.id, model });
}

/** A generator, because the others are of interest only after a failure. */
function* listCandidates(run: AgentRun, speaker: Speaker): Generator<Speaker> {
  yield speaker;
  yield* listFallbacks(run, speaker);
}

function createEmptyError(): CaluteError {
  return new CaluteError('upstream_cut', 'The model provider ended its answer before it began.');
}
