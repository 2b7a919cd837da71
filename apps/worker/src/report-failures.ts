import { CaluteError, type ErrorCode } from '@calute/core/errors';
import type { ModelEvent, ModelProvider, ResolveModel } from '@calute/core/models/model-provider';
import { UpstreamStatus } from '@calute/core/models/upstream/upstream-status';

/** A model call that failed, after its retries. */
export interface ProviderFailure {
  readonly model: string;
  readonly host: string;
  readonly code: ErrorCode;
  /** The HTTP status of the provider; absent when it gave none. */
  readonly status?: number;
  /** What the provider said, or what became of the connection. */
  readonly reason: string;
}

/** A provider's words may be a page of HTML. */
const maxReasonLength = 500;

/** The same models, whose failed calls are told of, those included that a fallback makes good. An abort is no failure. */
export function reportFailures(
  resolveModel: ResolveModel,
  report: (failure: ProviderFailure) => void,
): ResolveModel {
  return (model) => {
    const provider = resolveModel(model);
    const host = hostOf(provider);
    if (host === undefined) return provider;
    return {
      ...provider,
      stream: (call, signal) =>
        watch(provider.stream(call, signal), (error) => {
          if (!signal.aborted && CaluteError.is(error)) report(describe(error, { model, host }));
        }),
    };
  };
}

function hostOf(provider: ModelProvider): string | undefined {
  return 'host' in provider && typeof provider.host === 'string' ? provider.host : undefined;
}

/** Not a generator: each one takes all that passes through it around the queue of microtasks. */
function watch(
  events: AsyncIterable<readonly ModelEvent[]>,
  onError: (error: unknown) => void,
): AsyncIterable<readonly ModelEvent[]> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = events[Symbol.asyncIterator]();
      return {
        next() {
          const result = iterator.next();
          result.catch(onError);
          return result;
        },
        return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}

function describe(
  error: CaluteError,
  { model, host }: Pick<ProviderFailure, 'model' | 'host'>,
): ProviderFailure {
  const { code, cause } = error;
  const answered = cause instanceof UpstreamStatus ? cause : undefined;
  // A provider that refuses a key may quote it.
  const reason = answered && code !== 'upstream_unauthorized' ? answered.message : error.message;
  const status = answered && { status: answered.status };
  return { model, host, code, ...status, reason: reason.slice(0, maxReasonLength) };
}
