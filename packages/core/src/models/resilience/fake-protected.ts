import { defaultBackOff } from '../../async/back-off.ts';
import { wait as realWait, type Wait } from '../../async/wait.ts';
import { CaluteError, type ErrorCode } from '../../errors.ts';
import type { ModelCall, ModelEvent, ModelProvider } from '../model-provider.ts';
import { UpstreamStatus } from '../upstream/upstream-status.ts';
import { createProtect } from './create-protect.ts';

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

export const well: Try = { events: [text, end] };
export const failing = (
  code: ErrorCode,
  { status, retryAfterMs }: { status?: number; retryAfterMs?: number } = {},
): Try => ({
  error: new CaluteError(code, `It is ${code}.`, {
    retryAfterMs,
    cause: status === undefined ? undefined : new UpstreamStatus(status, 'It says no.'),
  }),
});
export const overloaded = failing('server_is_overloaded', { status: 503 });

/** Protected upstreams on a clock that waits move. */
export function open({ random = 1, wait }: { random?: number; wait?: Wait } = {}) {
  const clock = { now: 0 };
  const waits: number[] = [];
  const advance: Wait = async (ms) => {
    waits.push(ms);
    clock.now += ms;
  };
  const protect = createProtect({
    now: () => clock.now,
    wait: wait ?? advance,
    random: () => random,
    // Longer than the default, so that there is room for several waits.
    backOff: { ...defaultBackOff, maxWaitMs: 10_000 },
  });
  const connect = (host: string, ...tries: readonly Try[]) => {
    const state = { asked: 0 };
    const provider: ModelProvider = {
      accepts: new Set(),
      async *stream() {
        const { events = [], error } = tries[Math.min(state.asked++, tries.length - 1)] ?? well;
        for (const event of events) yield [event];
        if (error !== undefined) throw error;
      },
    };
    const { stream } = protect(provider, { provider: 'openai', host });
    const run = (signal = new AbortController().signal) =>
      Array.fromAsync(stream(call, signal)).then((all) => all.flat());
    return { state, run, stream };
  };
  return { clock, waits, connect };
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
