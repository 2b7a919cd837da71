/** When a circuit opens and closes. */
export interface CircuitLimits {
  /** Failures in a row that open it. @defaultValue 5 */
  readonly failures: number;
  /** Within which they have to fall. @defaultValue 30_000 */
  readonly withinMs: number;
  /** How long it stays open the first time; doubles with each probe that fails. @defaultValue 5_000 */
  readonly openMs: number;
  /** @defaultValue 60_000 */
  readonly maxOpenMs: number;
  /** After which a probe that has not come back no longer holds up the next one. @defaultValue 10_000 */
  readonly probeMs: number;
}

const defaultCircuitLimits: CircuitLimits = {
  failures: 5,
  withinMs: 30_000,
  openMs: 5000,
  maxOpenMs: 60_000,
  probeMs: 10_000,
};

/** What a call said of its upstream; `unknown` when it ended before the upstream had said anything. */
export type CallResult = 'answered' | 'failed' | 'unknown';

/** Whether a call may go out. Who is admitted reports once how it went; later reports are ignored. */
export type Admission =
  | { readonly outcome: 'admitted'; readonly kind: 'call' | 'probe'; report(result: CallResult): void }
  | { readonly outcome: 'refused'; readonly retryAfterMs: number };

/**
 * Keeps calls away from an upstream that fails: closed, it admits all; open, none; after that one probe, whose result
 * closes it again or opens it for longer. Results of calls that were admitted before it opened no longer count.
 */
export interface Circuit {
  readonly isClosed: boolean;
  admit(): Admission;
}

type State =
  | { readonly kind: 'closed'; readonly failedAtMs: readonly number[] }
  | { readonly kind: 'open'; readonly untilMs: number; readonly openMs: number }
  | { readonly kind: 'half-open'; readonly probeUntilMs: number; readonly openMs: number };

/** Told to those who come while a probe is out: it takes about as long as an upstream needs to answer. */
const probeRetryAfterMs = 1000;
const closed: State = { kind: 'closed', failedAtMs: [] };

/** A circuit that is closed; `now` is in ms and never goes back. */
export function createCircuit(now: () => number, limits: CircuitLimits = defaultCircuitLimits): Circuit {
  let state: State = closed;
  const open = (openMs: number): State => ({ kind: 'open', untilMs: now() + openMs, openMs });
  const settleCall = (result: CallResult): void => {
    if (state.kind === 'closed') state = afterCall(state.failedAtMs, result);
  };
  const afterCall = (failedAtMs: readonly number[], result: CallResult): State => {
    if (result === 'answered') return closed;
    if (result === 'unknown') return { kind: 'closed', failedAtMs };
    const recent = [...failedAtMs.filter((atMs) => now() - atMs <= limits.withinMs), now()];
    return recent.length < limits.failures ? { kind: 'closed', failedAtMs: recent } : open(limits.openMs);
  };
  const startProbe = (openMs: number): Admission => {
    const probing: State = { kind: 'half-open', probeUntilMs: now() + limits.probeMs, openMs };
    state = probing;
    return admitOnce('probe', (result) => {
      // Another probe may have taken over meanwhile.
      if (state === probing) state = afterProbe(openMs, result);
    });
  };
  const afterProbe = (openMs: number, result: CallResult): State => {
    if (result === 'answered') return closed;
    if (result === 'failed') return open(Math.min(openMs * 2, limits.maxOpenMs));
    return { kind: 'open', untilMs: now(), openMs };
  };
  return {
    get isClosed() {
      return state.kind === 'closed';
    },
    admit() {
      if (state.kind === 'closed') return admitOnce('call', settleCall);
      const untilMs = state.kind === 'open' ? state.untilMs : state.probeUntilMs;
      if (now() >= untilMs) return startProbe(state.openMs);
      return {
        outcome: 'refused',
        retryAfterMs: state.kind === 'open' ? untilMs - now() : probeRetryAfterMs,
      };
    },
  };
}

function admitOnce(kind: 'call' | 'probe', settle: (result: CallResult) => void): Admission {
  let isReported = false;
  return {
    outcome: 'admitted',
    kind,
    report(result) {
      if (isReported) return;
      isReported = true;
      settle(result);
    },
  };
}
