import {
  type DecisionReason,
  decideWorkers,
  type Trend,
} from '../../packages/core/src/scaling/decide-workers.ts';
import {
  defaultTargets,
  neededWorkers,
  type RunningLoad,
} from '../../packages/core/src/scaling/needed-workers.ts';
import { type FleetOptions, SimulatedFleet } from './simulated-fleet.ts';

export interface Arrivals {
  readonly live?: number;
  readonly patient?: number;
}

export interface Scenario {
  readonly name: string;
  readonly seconds: number;
  readonly maxWorkers: number;
  /** How many runs come in this second. */
  arrivals(second: number): Arrivals;
  /** How long a worker has a run that comes in this second. */
  serviceSeconds(second: number): number;
  /** Whether no provider takes calls. @defaultValue never */
  isPaused?(second: number): boolean;
  /** Whether nobody can tell the load. @defaultValue never */
  isBlind?(second: number): boolean;
}

export interface Sample {
  readonly second: number;
  readonly waiting: number;
  readonly running: number;
  readonly workers: number;
  readonly up: number;
  readonly retiring: number;
  readonly needed: number;
  readonly reason: DecisionReason;
}

export interface Simulation {
  readonly samples: readonly Sample[];
  readonly fleet: SimulatedFleet;
}

const concurrency = 16;
const startSeconds = 2;
const forgetSeconds = 30;

/** Runs the law second by second against a load, with the figures as the store gives them. */
export function simulate(scenario: Scenario, fault: Pick<FleetOptions, 'killsAtOnce'> = {}): Simulation {
  const fleet = new SimulatedFleet({ concurrency, startSeconds, ...fault });
  const rates = new Rates();
  const limits = { minWorkers: 0, maxWorkers: scenario.maxWorkers };
  let trend: Trend = {};
  const samples: Sample[] = [];
  for (let second = 0; second < scenario.seconds; second++) {
    const arrived = accept(fleet, scenario, second);
    rates.add(arrived, fleet.step(second));
    const needed = neededWorkers(figures(fleet, rates), { ...defaultTargets, concurrency });
    const count = { workers: fleet.size, up: fleet.up(second) };
    const demand = {
      needed: scenario.isBlind?.(second) ? undefined : needed,
      isProviderPaused: scenario.isPaused?.(second) ?? false,
      isStuck: false,
    };
    const decision = decideWorkers(demand, count, trend, { limits, nowMs: second * 1000 });
    trend = decision.trend;
    fleet.resize(decision.workers, second);
    samples.push({ second, needed, ...toSample(fleet, second), reason: decision.reason });
  }
  return { samples, fleet };
}

function toSample(fleet: SimulatedFleet, second: number) {
  return {
    waiting: fleet.live.length + fleet.patient.length,
    running: fleet.running(true) + fleet.running(false),
    workers: fleet.size,
    up: fleet.up(second),
    retiring: fleet.retiring,
  };
}

function accept(fleet: SimulatedFleet, scenario: Scenario, second: number): Required<Arrivals> {
  const { live = 0, patient = 0 } = scenario.arrivals(second);
  const seconds = scenario.serviceSeconds(second);
  for (let each = 0; each < live; each++) fleet.accept({ cameAt: second, seconds, patient: false });
  for (let each = 0; each < patient; each++) fleet.accept({ cameAt: second, seconds, patient: true });
  return { live, patient };
}

function figures(fleet: SimulatedFleet, rates: Rates): RunningLoad[] {
  const { serviceMs } = rates;
  const of = (runClass: 'live' | 'batch', waiting: number, arrivalsPerSecond: number): RunningLoad => {
    return { runClass, waiting, offered: fleet.running(runClass === 'batch'), arrivalsPerSecond, serviceMs };
  };
  return [of('live', fleet.live.length, rates.live), of('batch', fleet.patient.length, rates.patient)];
}

/** As the store's script moves them on. */
class Rates {
  live = 0;
  patient = 0;
  #served = 0;
  #busy = 0;

  add(arrived: Required<Arrivals>, { served, busySeconds }: { served: number; busySeconds: number }): void {
    const share = 1 - Math.exp(-1 / forgetSeconds);
    this.live += share * (arrived.live - this.live);
    this.patient += share * (arrived.patient - this.patient);
    this.#served += share * (served - this.#served);
    this.#busy += share * (busySeconds - this.#busy);
  }

  get serviceMs(): number | undefined {
    return this.#served < 1e-9 ? undefined : (this.#busy / this.#served) * 1000;
  }
}
