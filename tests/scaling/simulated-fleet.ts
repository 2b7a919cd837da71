/** A run as the simulation knows it: when it came and how long a worker has it. */
export interface SimulatedRun {
  readonly cameAt: number;
  readonly seconds: number;
  readonly patient: boolean;
}

interface SimulatedWorker {
  readonly upAt: number;
  runs: { readonly endsAt: number; readonly run: SimulatedRun }[];
}

export interface FleetOptions {
  readonly concurrency: number;
  readonly startSeconds: number;
  /** A broken one, which does not let workers finish: to show that this is noticed. */
  readonly killsAtOnce?: boolean;
}

/** Of all slots those that patient runs may take, as the store's scripts have it. */
const patientShare = 3 / 4;

/** Workers as the supervisor runs them: they take time to start, and those that retire finish their runs or are called back. */
export class SimulatedFleet {
  readonly live: SimulatedRun[] = [];
  readonly patient: SimulatedRun[] = [];
  readonly #concurrency: number;
  readonly #startSeconds: number;
  readonly #killsAtOnce: boolean;
  #serving: SimulatedWorker[] = [];
  #retiring: SimulatedWorker[] = [];
  /** How long each run that started waited. */
  readonly waits: { readonly patient: boolean; readonly seconds: number }[] = [];
  accepted = 0;
  completed = 0;

  constructor({ concurrency, startSeconds, killsAtOnce = false }: FleetOptions) {
    this.#concurrency = concurrency;
    this.#startSeconds = startSeconds;
    this.#killsAtOnce = killsAtOnce;
  }

  get size(): number {
    return this.#serving.length;
  }

  get retiring(): number {
    return this.#retiring.length;
  }

  up(now: number): number {
    return this.#serving.filter(({ upAt }) => upAt <= now).length;
  }

  /** Runs that workers hold, those of the ones that retire included. */
  running(patient: boolean): number {
    const all = [...this.#serving, ...this.#retiring];
    return all.reduce((sum, { runs }) => sum + runs.filter(({ run }) => run.patient === patient).length, 0);
  }

  accept(run: SimulatedRun): void {
    this.accepted += 1;
    (run.patient ? this.patient : this.live).push(run);
  }

  resize(workers: number, now: number): void {
    while (this.#serving.length < workers) {
      const recalled = this.#retiring.pop();
      this.#serving.push(recalled ?? { upAt: now + this.#startSeconds, runs: [] });
    }
    const retired = this.#serving.splice(workers);
    if (!this.#killsAtOnce) this.#retiring.push(...retired);
  }

  /** Ends what is over by `now`, and starts what waits. Gives how many runs ended, and for how long workers had them. */
  step(now: number): { readonly served: number; readonly busySeconds: number } {
    let [served, busySeconds] = [0, 0];
    for (const worker of [...this.#serving, ...this.#retiring]) {
      const over = worker.runs.filter(({ endsAt }) => endsAt <= now);
      worker.runs = worker.runs.filter(({ endsAt }) => endsAt > now);
      served += over.length;
      busySeconds += over.reduce((sum, { run }) => sum + run.seconds, 0);
    }
    this.completed += served;
    const idle = this.#retiring.filter(({ runs }) => runs.length === 0);
    this.#retiring = this.#retiring.filter((worker) => !idle.includes(worker));
    for (const worker of this.#serving) if (worker.upAt <= now) this.#fill(worker, now);
    return { served, busySeconds };
  }

  #fill(worker: SimulatedWorker, now: number): void {
    while (worker.runs.length < this.#concurrency) {
      const run = this.live.shift() ?? this.#takePatient(now);
      if (run === undefined) return;
      worker.runs.push({ endsAt: now + run.seconds, run });
      this.waits.push({ patient: run.patient, seconds: now - run.cameAt });
    }
  }

  #takePatient(now: number): SimulatedRun | undefined {
    const most = Math.max(1, Math.floor(this.up(now) * this.#concurrency * patientShare));
    return this.running(true) < most ? this.patient.shift() : undefined;
  }
}
