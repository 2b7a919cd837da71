import { type BackOff, jitterMs } from '../../async/back-off.ts';
import type { Wait } from '../../async/wait.ts';
import { CaluteError } from '../../errors.ts';
import { type BegunStream, begin, streamOf } from '../begun-stream.ts';
import type { ModelCall, ModelProvider } from '../model-provider.ts';
import { isRetryable } from './judge-failure.ts';
import type { Pause } from './pause.ts';

export interface RetryParts {
  /** Of the upstream, for messages. */
  readonly host: string;
  /** Shared by all calls of the model. */
  readonly pause: Pause;
  readonly backOff: BackOff;
  /** Asked before a wait and after it. */
  mayRetry(): boolean;
  readonly wait: Wait;
  /** In [0, 1). */
  readonly random: () => number;
}

/** How long a call has waited so far. */
interface Waited {
  totalMs: number;
}

/**
 * The same provider, whose calls are tried again when they fail in a way that may pass, as long as nothing of the answer
 * has been seen. A wait that would go beyond the bound is not begun: the failure is thrown at once, with its
 * `retryAfterMs`. A 429 that says when to come back holds up all calls of the model. An abort during a wait throws the
 * signal's reason.
 */
export function withRetries(provider: ModelProvider, parts: RetryParts): ModelProvider {
  return {
    ...provider,
    stream: (call, signal) => streamOf(() => beginWithRetries({ provider, call, signal }, parts)),
  };
}

interface Streaming {
  readonly provider: ModelProvider;
  readonly call: ModelCall;
  readonly signal: AbortSignal;
}

async function beginWithRetries(
  { provider, call, signal }: Streaming,
  parts: RetryParts,
): Promise<BegunStream> {
  const waited: Waited = { totalMs: 0 };
  for (let retry = 0; ; retry++) {
    await sitOutPause(parts, waited, signal);
    try {
      return await begin(provider.stream(call, signal));
    } catch (error) {
      noteRateLimit(error, parts.pause);
      const waitMs = nextWaitMs(error, retry, parts);
      if (waitMs === undefined || !fits(waitMs, waited, parts)) throw error;
      await spend(waitMs, waited, { parts, signal });
      if (!parts.mayRetry()) throw error;
    }
  }
}

/** Others may have been told to wait meanwhile, hence the loop. */
async function sitOutPause(parts: RetryParts, waited: Waited, signal: AbortSignal): Promise<void> {
  for (let restMs = parts.pause.restMs(); restMs > 0; restMs = parts.pause.restMs()) {
    const waitMs = restMs + jitterMs(parts.backOff, 0, parts.random);
    if (!fits(waitMs, waited, parts)) {
      const message = `The model provider at ${parts.host} has asked for a pause; try again later.`;
      throw new CaluteError('rate_limit_exceeded', message, { retryAfterMs: restMs });
    }
    await spend(waitMs, waited, { parts, signal });
  }
}

function noteRateLimit(error: unknown, pause: Pause): void {
  if (!CaluteError.is(error) || error.code !== 'rate_limit_exceeded') return;
  if (error.retryAfterMs !== undefined) pause.extend(error.retryAfterMs);
}

/** Undefined when the call is not to be tried again. */
function nextWaitMs(error: unknown, retry: number, parts: RetryParts): number | undefined {
  const { backOff, random } = parts;
  if (retry >= backOff.maxRetries || !isRetryable(error) || !parts.mayRetry()) return undefined;
  return (error.retryAfterMs ?? 0) + jitterMs(backOff, retry, random);
}

function fits(waitMs: number, waited: Waited, { backOff }: RetryParts): boolean {
  return waited.totalMs + waitMs <= backOff.maxWaitMs;
}

async function spend(
  waitMs: number,
  waited: Waited,
  { parts, signal }: { readonly parts: RetryParts; readonly signal: AbortSignal },
): Promise<void> {
  waited.totalMs += waitMs;
  await parts.wait(waitMs, signal);
}
