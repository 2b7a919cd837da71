import {
  ageLane,
  blankLane,
  holdCalls,
  isFree,
  type Lane,
  type LaneClock,
  type LaneReport,
  laneRules,
  type Refusal,
  refuseCall,
} from './lane.ts';
import { reportCall } from './report-call.ts';

/** One of the lanes that a call goes through. */
export interface SteppedLane {
  readonly name: string;
  /** The most calls that the operator allows; 0: any number. */
  readonly cap: number;
  /** Calls that the worker has open in it, the one that asks to be let in included. */
  readonly calls: number;
}

/** What a worker says of some lanes, and asks of them. */
export interface LaneStep {
  readonly worker: string;
  /** Of the provider, and of one of its models. */
  readonly lanes: readonly SteppedLane[];
  readonly report?: LaneReport & {
    /** The lane that it is about; all are told of an answer that is no refusal. */
    readonly lane: string;
  };
  /** The call that asks to be let in. */
  readonly enter?: string;
}

export interface LaneAnswer {
  /** Absent: it may go. */
  readonly refusal?: Refusal & { readonly lane: string };
  /** It is the only one that may go, to try whether the provider is well again. */
  readonly isProbe: boolean;
  /** Nothing is known that could keep the next call out. */
  readonly isFree: boolean;
}

export interface SteppedLanes {
  /** In the order of the step. */
  readonly lanes: readonly Lane[];
  readonly answer: LaneAnswer;
}

/** Takes one step on lanes as they are stored. A call is let into all of them or none. */
export function stepLanes(stored: readonly Lane[], step: LaneStep, clock: LaneClock): SteppedLanes {
  const { nowMs } = clock;
  const told = step.lanes.map((stepped, index) =>
    tellLane(stored[index] ?? blankLane, { stepped, step, clock }),
  );
  const refusal = step.enter === undefined ? undefined : findRefusal(told, step.lanes, nowMs);
  const lanes = told.map((lane, index) => {
    if (step.enter === undefined) return lane;
    if (refusal === undefined) return lane.openMs > 0 ? sendProbe(lane, step.enter, nowMs) : lane;
    return holdCalls(lane, step.worker, (step.lanes[index]?.calls ?? 1) - 1);
  });
  return {
    lanes,
    answer: {
      ...(refusal === undefined ? {} : { refusal }),
      // A call that asks again while its own probe is out is refused as any other.
      isProbe: refusal === undefined && lanes.some(({ probe }) => probe !== '' && probe === step.enter),
      isFree: lanes.every((lane, index) => isFree(lane, step.lanes[index]?.cap ?? 0)),
    },
  };
}

interface Told {
  readonly stepped: SteppedLane;
  readonly step: LaneStep;
  readonly clock: LaneClock;
}

function tellLane(stored: Lane, { stepped, step: { worker, report }, clock }: Told): Lane {
  const { nowMs } = clock;
  const lane = holdCalls(ageLane(stored, clock), worker, stepped.calls);
  if (report === undefined) return lane;
  if (report.lane === stepped.name) return reportCall(lane, report, nowMs);
  const result = report.result === 'answered' && !report.slowDown ? 'answered' : 'unknown';
  return reportCall(lane, { ...report, result, slowDown: false, pauseMs: 0 }, nowMs);
}

/** The one that lasts longest. */
function findRefusal(
  lanes: readonly Lane[],
  stepped: readonly SteppedLane[],
  nowMs: number,
): LaneAnswer['refusal'] {
  return lanes
    .flatMap((lane, index) => {
      const { name, cap } = stepped[index] ?? { name: '', cap: 0 };
      const refusal = refuseCall(lane, cap, nowMs);
      return refusal === undefined ? [] : [{ ...refusal, lane: name }];
    })
    .reduce<LaneAnswer['refusal']>(
      (longest, next) => (longest !== undefined && longest.waitMs >= next.waitMs ? longest : next),
      undefined,
    );
}

function sendProbe(lane: Lane, call: string, nowMs: number): Lane {
  return { ...lane, probe: call, openUntilMs: nowMs + laneRules.probeMs };
}
