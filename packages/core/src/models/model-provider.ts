import type { Sampling } from '../agent/agent.ts';
import type { AgentRequest } from '../request/agent-request.ts';
import type { ClientTool, ToolChoice } from '../request/client-tool.ts';
import type { DirectRequest } from '../request/direct-request.ts';
import type { Message } from '../request/message.ts';
import type { ProviderParameter } from '../request/provider-fields.ts';
import type { FinishReason, RunUsage } from '../runs/run-end.ts';
import type { VisibleEvent } from '../runs/run-event.ts';
import type { Patience } from './pacing/patience.ts';

/** One call of a model. */
export interface ModelCall {
  readonly messages: readonly Message[];
  readonly sampling: Sampling;
  readonly tools: readonly ClientTool[];
  readonly toolChoice: ToolChoice | undefined;
  /** The provider parameters that the request set; the API has already refused those that the provider does not accept. */
  readonly parameters: Readonly<Pick<AgentRequest, ProviderParameter>>;
  /** Which of the request's choices it is for, from 0; where a model says the same to the same call, it tells them apart. */
  readonly choice?: number;
  /** What is asked in place of a conversation, of a model that `serves` it: `messages` and `tools` are empty then. */
  readonly direct?: DirectRequest;
}

export type ResponseFormat = NonNullable<AgentRequest['response_format']>;

export type ModelEvent =
  | VisibleEvent
  | {
      readonly type: 'model-end';
      readonly finishReason: FinishReason;
      readonly usage: RunUsage;
      readonly serviceTier?: string;
      /** The field in which the reasoning came, for a provider that wants it back in a text field. */
      readonly reasoningField?: 'reasoning' | 'reasoning_content';
    };

/**
 * A source of model output. `stream` yields deltas in order and then exactly one `model-end`, what arrived at once as one
 * array (an async hop for each token would cost more than the token); a failure is thrown as a
 * CaluteError (`upstream_*`), before or between deltas; an abort closes the upstream socket and throws the signal's reason.
 * Text is never retried here: whoever calls knows what a client has already seen.
 */
export interface ModelProvider {
  /** The provider parameters it honours; any other one is refused by the API with a 400 that names it. */
  readonly accepts: ReadonlySet<ProviderParameter>;
  /** The variables that the environment lacks for it to be asked; until then each call fails. */
  readonly needs?: string;
  /**
   * Whether no answer of its can miss this format, but for one that a token limit or a refusal cut off. Absent: never; then
   * what it says is checked before a client sees any of it.
   */
  enforcesFormat?(format: ResponseFormat): boolean;
  stream(
    call: ModelCall,
    signal: AbortSignal,
    /** @defaultValue it waits */
    patience?: Patience,
  ): AsyncIterable<readonly ModelEvent[]>;
}

/** A provider that asks a server. */
export interface UpstreamProvider extends ModelProvider {
  readonly host: string;
}

/** Gives the provider and bare model name of `provider:model`. */
export type ResolveModel = (model: string) => ModelProvider;
