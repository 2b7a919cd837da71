import type { AgentDescriptor } from '../agent/agent-descriptor.ts';
import type { Identity } from '../api-keys/authenticate.ts';
import type { RunId } from '../ids.ts';
import type { ChatCompletion } from '../protocol/chat-completion.ts';
import type { ChatMessage } from '../protocol/chat-message.ts';
import type { ChatRequest } from '../protocol/chat-request.ts';
import type { CompletionContext } from './completion-context.ts';
import type { SseEvent } from './sse-event.ts';

/** The operations of the API: DRAFT signature, to be implemented. */
export interface CompletionOperations {
  /** One whole answer. Throws CaluteError. Cancels or leaves the run as the policy says when `context.signal` aborts. */
  createCompletion(agent: AgentDescriptor, messages: readonly ChatMessage[], request: ChatRequest, context: CompletionContext): Promise<ChatCompletion>;
  /**
   * The run as SSE events, the events of one frame at a time, ending with `[DONE]` or with an event that carries `error`.
   * Throws CaluteError for what is known before the run is accepted.
   */
  createStreamingCompletion(agent: AgentDescriptor, messages: readonly ChatMessage[], request: ChatRequest, context: CompletionContext): AsyncIterable<readonly SseEvent[]>;
  /** The same bytes again, from the event after `afterEventId` (0: from the beginning). Throws run_not_found, cursor_gone. */
  followStreamingCompletion(runId: RunId, options: { identity: Identity; afterEventId: number; signal: AbortSignal }): AsyncIterable<readonly SseEvent[]>;
  /** Idempotent. Throws run_not_found; a run that has ended stays as it ended. */
  cancelCompletion(runId: RunId, identity: Identity): Promise<{ readonly id: RunId; readonly status: 'cancelled' | 'already_ended' }>;
}
