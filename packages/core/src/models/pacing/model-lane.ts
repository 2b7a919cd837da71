import type { LimitScope } from '../upstream/rate-limit/limit-scope.ts';
import type { Ask } from './ask-openly.ts';
import type { CallResult, Refusal } from './lane.ts';
import type { LaneAnswer, LaneStep } from './step-lanes.ts';

/** What a call came to that got no answer. */
export interface Outcome {
  readonly result: CallResult;
  /** Whether it was refused because there were too many. */
  readonly slowDown: boolean;
  /** How long the provider wants no calls; 0: it does not say. */
  readonly pauseMs: number;
  readonly scope: LimitScope;
}

/** A call that was let in. */
export interface Pass {
  /** It tries whether the provider is well again; others wait for what it says. */
  readonly isProbe: boolean;
  /** Its first event is there. */
  answered(): void;
  /** It is over, with this outcome if it was not answered. Resolves once other workers know; only the first end counts. */
  end(outcome?: Outcome): Promise<void>;
}

export type Entry =
  | { readonly outcome: 'admitted'; readonly pass: Pass }
  | ({ readonly outcome: 'refused' } & Refusal);

/** The way of one worker's calls to one model, through the lanes of its provider and its own. */
export interface ModelLane {
  /** Asks to be let in. Never throws: without the shared state everybody is. */
  enter(): Promise<Entry>;
  /** Says again what is open, should that have been forgotten. */
  renew(): Promise<void>;
}

export interface ModelLaneParts {
  readonly ask: Ask;
  /** Unique to this process. */
  readonly worker: string;
  readonly names: Readonly<Record<LimitScope, string>>;
  /** Calls of the provider that may be open at once, of all workers; 0: any number. */
  readonly cap: number;
  /** How many calls this worker has open, by lane. */
  readonly open: Map<string, number>;
  /** In ms; never goes back. */
  readonly now: () => number;
}

/** For so long a lane that was free is believed to be; halfway it is asked again beside a call. */
const freshMs = 1000;

/**
 * A lane that is asked only when it has to be: one that was free a moment ago takes a call without a word to Redis, and
 * hears of a call only when it fails.
 */
export function createModelLane({ ask, worker, names, cap, open, now }: ModelLaneParts): ModelLane {
  let isFree = false;
  let seenMs = Number.NEGATIVE_INFINITY;
  let isStale = false;
  let calls = 0;
  const lanes = [
    { name: names.provider, cap },
    { name: names.model, cap: 0 },
  ];
  const count = (change: 1 | -1) => {
    for (const { name } of lanes) open.set(name, (open.get(name) ?? 0) + change);
  };
  const step = async (said: Pick<LaneStep, 'report' | 'enter'>): Promise<LaneAnswer | undefined> => {
    isStale = true;
    const counted = lanes.map((lane) => ({ ...lane, calls: open.get(lane.name) ?? 0 }));
    const answer = await ask({ worker, lanes: counted, ...said });
    if (answer === undefined) return undefined;
    isFree = answer.isFree;
    seenMs = now();
    return answer;
  };
  const admit = (call: string, isProbe: boolean): Entry => {
    let isOver = false;
    const report = ({ scope, ...outcome }: Outcome) =>
      step({ report: { call, lane: names[scope], ...outcome } });
    const pass: Pass = {
      isProbe,
      answered: () => void (isFree || report(answered)),
      async end(outcome) {
        if (isOver) return;
        isOver = true;
        count(-1);
        if (isFree && !isProbe && saysNothing(outcome)) return;
        await (outcome === undefined ? step({}) : report(outcome));
      },
    };
    return { outcome: 'admitted', pass };
  };
  return {
    async enter() {
      calls += 1;
      const call = `${worker} ${names.model} ${calls}`;
      count(1);
      const ageMs = now() - seenMs;
      if (isFree && ageMs < freshMs) {
        if (ageMs > freshMs / 2) void step({});
        return admit(call, false);
      }
      const answer = await step({ enter: call });
      if (answer?.refusal === undefined) return admit(call, answer?.isProbe ?? false);
      count(-1);
      return { outcome: 'refused', ...answer.refusal };
    },
    async renew() {
      const isOpen = (open.get(names.model) ?? 0) > 0;
      if (!isStale && !isOpen) return;
      const telling = step({});
      // Once more after the last call: it may end without a word, and a step that crossed another one may have counted too many.
      isStale = isOpen;
      if ((await telling) === undefined) isStale = true;
    },
  };
}

const answered: Outcome = { result: 'answered', slowDown: false, pauseMs: 0, scope: 'model' };

function saysNothing(outcome: Outcome | undefined): boolean {
  return outcome === undefined || (outcome.result !== 'failed' && !outcome.slowDown);
}
