import type { LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { ProviderParameter } from '../request/provider-fields.ts';
import { fromSdkStream } from './from-sdk-stream.ts';
import type { ModelCall, ModelEvent, ModelProvider, UpstreamProvider } from './model-provider.ts';
import { toUpstreamError } from './upstream/to-upstream-error.ts';
import type { Upstream } from './upstream/upstream.ts';

export interface SdkProviderParts {
  readonly model: LanguageModelV4;
  readonly upstream: Upstream;
  readonly accepts: ReadonlySet<ProviderParameter>;
  readonly enforcesFormat?: NonNullable<ModelProvider['enforcesFormat']>;
  toOptions(call: ModelCall): LanguageModelV4CallOptions;
  /** What an error of the package means that is nothing known to all of them; others come back as they are. */
  readonly explain?: (error: unknown) => unknown;
  /** Whether what the package could not read may be left unread. */
  readonly mayPassOver?: (error: unknown) => boolean;
}

/** A provider on a model of any AI SDK provider package: one request for each call, without retries. */
export function createSdkProvider(parts: SdkProviderParts): UpstreamProvider {
  return {
    accepts: parts.accepts,
    enforcesFormat: parts.enforcesFormat ?? (() => false),
    host: parts.upstream.host,
    stream: (call, signal) => streamSdkModel(parts, call, signal),
  };
}

async function* streamSdkModel(
  { model, upstream, toOptions, mayPassOver, explain = (error) => error }: SdkProviderParts,
  call: ModelCall,
  signal: AbortSignal,
): AsyncGenerator<readonly ModelEvent[]> {
  const toError = (error: unknown): unknown => explain(toUpstreamError(error, upstream));
  signal.throwIfAborted();
  try {
    const { stream } = await model.doStream({ ...toOptions(call), abortSignal: signal });
    yield* fromSdkStream(stream, { messages: call.messages, signal, toError, mayPassOver });
  } catch (error) {
    // An abort shows as whatever broke first; the caller expects the reason it gave.
    signal.throwIfAborted();
    throw toError(error);
  }
}
