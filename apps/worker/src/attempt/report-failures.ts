import { CaluteError, type ErrorCode } from '@calute/core/errors';
import type { ModelProvider } from '@calute/core/models/model-provider';
import type { ObserveModel } from '@calute/core/models/observe-models';
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

/** Tells of calls that failed, those included that a fallback makes good. An abort is no failure, nor is one without a server. */
export function reportFailures(report: (failure: ProviderFailure) => void): ObserveModel {
  return (model, _call, provider) => ({
    ended(end) {
      const host = hostOf(provider);
      if (end.outcome !== 'failed' || host === undefined || !CaluteError.is(end.error)) return;
      report(describe(end.error, { model, host }));
    },
  });
}

function hostOf(provider: ModelProvider): string | undefined {
  return 'host' in provider && typeof provider.host === 'string' ? provider.host : undefined;
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
