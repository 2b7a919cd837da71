import type { Sampling } from '../agent/agent.ts';
import type { Identity } from '../api-keys/authenticate.ts';
import type { AgentDescriptor } from '../fleet/agent-descriptor.ts';
import type { RunId } from '../ids.ts';
import type { ChatRequest } from '../protocol/chat-request.ts';
import type { Message } from '../request/message.ts';
import { applyRequestParameters, type SamplingRequest } from './apply-request-parameters.ts';
import type { ChatCompletion } from './chat/chat-completion.ts';
import { openChatEncoding } from './chat/chat-encoding.ts';
import { chooseEncoding } from './choose-encoding.ts';
import type { CompletionContext, FollowContext } from './completion-context.ts';
import { RunRelay, type RunRelayParts } from './run-relay.ts';
import type { SseEvent } from './sse-event.ts';
import { type AskedRun, createSubmitRun, type SubmitRun, type SubmitRunParts } from './submit-run.ts';

export interface CompletionServiceParts extends RunRelayParts, SubmitRunParts {
  /** How long a stored completion is kept after its end, unless the key says otherwise. */
  readonly storeRetentionMs: number;
  /** Of one tenant. */
  readonly mostKept: number;
}

/** What the API does with completions. It holds no run: those are in the run log, and any instance can serve any of them. */
export class CompletionService {
  readonly #relay: RunRelay;
  readonly #submit: SubmitRun;
  readonly #parts: CompletionServiceParts;

  constructor(
    parts: CompletionServiceParts,
    relay: RunRelay = new RunRelay(parts),
    submit: SubmitRun = createSubmitRun(parts),
  ) {
    this.#parts = parts;
    this.#relay = relay;
    this.#submit = submit;
  }

  /** See `applyRequestParameters`: a new agent with the sampling values that the request sent, where the agent allows it. */
  applyRequestParameters<
    Subject extends { readonly sampling: Sampling; readonly canOverrideSamplings: boolean },
  >(agent: Subject, request: SamplingRequest): Subject {
    return applyRequestParameters(agent, request, agent);
  }

  /**
   * One whole answer, however many workers it takes. Throws CaluteError; when `context.signal` aborts, the disconnect
   * policy decides over the run and `run_cancelled` is thrown.
   */
  createCompletion(
    agent: AgentDescriptor,
    messages: readonly Message[],
    request: ChatRequest,
    context: CompletionContext,
  ): Promise<ChatCompletion> {
    const chat = { ...request, model: agent.id, messages: [...messages] };
    const asked = this.#toRun(chat, context);
    return this.#relay.gather(this.#submit(asked, context, openChatEncoding), context);
  }

  /**
   * The run as server-sent events, those of one frame at a time, of which there may be none, up to `[DONE]` or to an event that carries `error`; ends
   * early when `context.signal` aborts. The run is submitted at once; iterating throws CaluteError for what is known
   * before it is accepted, and when the store fails.
   */
  createStreamingCompletion(
    agent: AgentDescriptor,
    messages: readonly Message[],
    request: ChatRequest,
    context: CompletionContext,
  ): AsyncGenerator<readonly SseEvent[]> {
    const chat = { ...request, model: agent.id, messages: [...messages] };
    const asked = this.#toRun(chat, context);
    return this.#relay.stream(this.#submit(asked, context, openChatEncoding), context);
  }

  /**
   * The stream of a run again, byte for byte, after the event that the client saw last.
   * Throws CaluteError `run_not_found`, also for a run of another tenant, and `cursor_gone` for one that has expired.
   */
  followStreamingCompletion(runId: RunId, context: FollowContext): AsyncGenerator<readonly SseEvent[]> {
    return this.#relay.follow(runId, context, chooseEncoding);
  }

  /** Ends a run, queued or running. Idempotent; a run that has ended otherwise stays as it ended. Throws `run_not_found`. */
  async cancelCompletion(
    runId: RunId,
    identity: Identity,
  ): Promise<{ id: RunId; status: 'cancelled' | 'already_ended' }> {
    return { id: runId, status: await this.#relay.cancel(runId, identity) };
  }

  #toRun(chat: ChatRequest, { identity }: CompletionContext): AskedRun {
    if (chat.store !== true) return { chat };
    const { storeRetentionMs, mostKept } = this.#parts;
    const retentionMs = identity.retentionMs ?? storeRetentionMs;
    return { chat, keep: { as: 'chat', retentionMs, atMost: mostKept } };
  }

  /** From now on a client that is cut off is not one that left: its run goes on, for another replica to serve. */
  drain(): void {
    this.#relay.drain();
  }
}
