import { wait as realWait, type Wait } from '../../../async/wait.ts';
import { CaluteError, type ErrorCode } from '../../../errors.ts';
import type { ModelCall, ModelEvent, ModelProvider } from '../../model-provider.ts';
import type { LimitScope } from '../../upstream/rate-limit/limit-scope.ts';
import { UpstreamStatus } from '../../upstream/upstream-status.ts';
import { createPacing } from '../create-pacing.ts';
import { createMemoryProviderState } from '../memory-provider-state.ts';
import type { Patience } from '../patience.ts';
import type { LaneStep } from '../step-lanes.ts';

export const call: ModelCall = {
  messages: [],
  sampling: {},
  tools: [],
  toolChoice: undefined,
  parameters: {},
};
export const text: ModelEvent = { type: 'text-delta', text: 'Hi' };
const usage = { promptTokens: 1, completionTokens: 1, cachedTokens: 0, reasoningTokens: 0 };
export const end: ModelEvent = { type: 'model-end', finishReason: 'stop', usage };

/** What one try does: yields these events, then throws the error if there is one. */
export interface Try {
  readonly events?: readonly ModelEvent[];
  readonly error?: unknown;
}

export interface FailureDetails {
  readonly status?: number;
  readonly answered?: number;
  readonly retryAfterMs?: number;
  readonly scope?: LimitScope;
}

export const well: Try = { events: [text, end] };
export const failing = (
  code: ErrorCode,
  { status, answered, retryAfterMs, scope }: FailureDetails = {},
): Try => ({
  error: new CaluteError(code, `It is ${code}.`, {
    retryAfterMs,
    cause: status === undefined ? undefined : new UpstreamStatus(status, 'It says no.', { scope, answered }),
  }),
});
export const overloaded = failing('server_is_overloaded', { status: 503 });
export const broken = failing('upstream_error', { status: 500 });
export const limited = (retryAfterMs: number, scope?: LimitScope) =>
  failing('rate_limit_exceeded', { status: 429, retryAfterMs, ...(scope === undefined ? {} : { scope }) });

/** Workers that pace their calls together, on a clock that waits move. The clock of the lanes is the same. */
export function openPaced({ wait, providerWaitMs = 30_000 }: { wait?: Wait; providerWaitMs?: number } = {}) {
  const clock = { now: 1_000_000 };
  const waits: number[] = [];
  const steps: LaneStep[] = [];
  const errors: unknown[] = [];
  const memory = createMemoryProviderState(() => clock.now);
  const state = {
    ...memory,
    step(step: LaneStep) {
      steps.push(step);
      return memory.step(step);
    },
  };
  const advance: Wait = async (ms, signal) => {
    signal.throwIfAborted();
    waits.push(ms);
    clock.now += ms;
  };
  const clocks = { now: () => clock.now, clock: () => clock.now, wait: wait ?? advance, random: () => 0.5 };
  const addWorker = (worker: string) => {
    const pacing = createPacing(
      { state, worker, providerWaitMs, onError: (error) => errors.push(error) },
      clocks,
    );
    const connect = (model: string, ...tries: readonly Try[]) => connectModel(pacing, { model, tries });
    return { connect, [Symbol.asyncDispose]: () => pacing[Symbol.asyncDispose]() };
  };
  return { clock, waits, steps, errors, state, addWorker };
}

interface ModelOfTries {
  readonly model: string;
  readonly tries: readonly Try[];
}

/** A model that does one try after the other; the last one repeats. */
function connectModel(pacing: ReturnType<typeof createPacing>, { model, tries }: ModelOfTries) {
  const seen = { asked: 0 };
  const provider: ModelProvider = {
    accepts: new Set(),
    async *stream() {
      const { events = [], error } = tries[Math.min(seen.asked++, tries.length - 1)] ?? well;
      for (const event of events) yield [event];
      if (error !== undefined) throw error;
    },
  };
  const { stream } = pacing.pace(provider, { provider: 'openai', host: 'up', model });
  const run = (patience?: Patience, signal: AbortSignal = new AbortController().signal) =>
    Array.fromAsync(stream(call, signal, patience)).then((all) => all.flat());
  return { seen, run, stream };
}

/** The real wait, in which the client leaves. */
export function abortWhileWaiting() {
  const controller = new AbortController();
  const reason = new Error('the client left');
  const wait: Wait = (_, signal) => {
    const waiting = realWait(1_000_000, signal);
    controller.abort(reason);
    return waiting;
  };
  return { controller, reason, wait };
}
