import { type StartedProcess, type StartOptions, startProcess } from './start-process.ts';

/** The place of one process, which gets a new one whenever the old one has ended: what a supervisor does. */
export interface RoleSlot extends AsyncDisposable {
  readonly name: string;
  /** Names the process that is in the place now: `worker-0.3` is the third one. */
  readonly processName: string;
  readonly isUp: boolean;
  /** How often a process ended that nobody had signalled. */
  readonly unexpectedEnds: number;
  /** Signals the process; resolves once its successor serves. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Stops the process, which goes on when the promise of `work` settles. */
  pauseWhile(work: Promise<unknown>): Promise<void>;
}

export interface SlotOptions {
  readonly name: string;
  start(processName: string): StartOptions;
}

const startAgainMs = 500;

export async function openRoleSlot({ name, start }: SlotOptions): Promise<RoleSlot> {
  const state = { generation: 0, up: false, closing: false, expected: false, unexpectedEnds: 0 };
  let current: StartedProcess | undefined;
  let next = Promise.withResolvers<void>();
  const processName = () => `${name}.${state.generation}`;

  const startOne = async () => {
    state.generation += 1;
    const started = await startProcess(start(processName()));
    if (state.closing) started.process.kill('SIGKILL');
    current = started;
    state.up = true;
    next.resolve();
    next = Promise.withResolvers();
    return started;
  };
  const keepRunning = async (first: StartedProcess) => {
    for (let running: StartedProcess | undefined = first; !state.closing; ) {
      await running?.ended;
      state.up = false;
      if (state.closing) return;
      if (!state.expected && running !== undefined) state.unexpectedEnds += 1;
      state.expected = false;
      running = await startOne().catch(() => undefined);
      if (running === undefined) await new Promise((resolve) => setTimeout(resolve, startAgainMs));
    }
  };
  const kept = keepRunning(await startOne());
  return {
    name,
    get processName() {
      return processName();
    },
    get isUp() {
      return state.up && !state.expected;
    },
    get unexpectedEnds() {
      return state.unexpectedEnds;
    },
    async end(signal) {
      const { promise: restarted } = next;
      state.expected = true;
      current?.process.kill(signal);
      await restarted;
    },
    async pauseWhile(work) {
      const paused = current?.process;
      paused?.kill('SIGSTOP');
      await Promise.allSettled([work]);
      paused?.kill('SIGCONT');
    },
    async [Symbol.asyncDispose]() {
      state.closing = true;
      current?.process.kill('SIGKILL');
      await kept;
    },
  };
}
